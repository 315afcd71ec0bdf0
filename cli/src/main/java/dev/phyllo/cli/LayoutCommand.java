package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.LayoutRequest;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code layout}: OCI image layouts by hand. */
final class LayoutCommand implements Command {
  private static final int MAX_INDEX_BYTES = 64 << 20;

  LayoutCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            ConfigOptions.options(
                new Syntax(
                        "layout create [OPTIONS] DIR --layer FILE... --ref NAME | layout ls DIR |"
                            + " layout inspect DIR [REF]",
                        "Put an image together in an OCI layout, or look into one")
                    .value("l", "layer", "FILE", "A layer, base first: tar, plain, gzip or zstd")
                    .value(null, "ref", "NAME", "The image's name in the layout")
                    .value(null, "config", "FILE|JSON", "An image configuration to start from")
                    .value(null, "platform", "OS/ARCH", "What it runs on, if not on this machine")
                    .value(null, "annotation", "NAME=VALUE", "Annotate the manifest")))
        .words(2, 3)
        .example(
            "phyllo layout create image --layer base.tar.gz --cmd /bin/sh --ref handroll:latest")
        .example(
            "phyllo layout create image -l base.tar -l delta.tar --config config.json --ref app:1")
        .example("phyllo layout ls image")
        .example("phyllo layout inspect image handroll:latest");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String command = arguments.words().getFirst();
    Path directory = Path.of(arguments.words().get(1));
    Optional<String> ref =
        arguments.words().size() > 2 ? Optional.of(arguments.words().get(2)) : Optional.empty();
    switch (command) {
      case "create" -> {
        if (ref.isPresent()) {
          throw new UsageException(
              "layout create " + ref.get(), "one word too many", "the name goes behind --ref");
        }
        create(directory, arguments, session);
      }
      case "ls", "list" -> list(directory, arguments, session);
      case "inspect" -> inspect(directory, ref, arguments, session);
      default -> throw Subcommands.unknown("layout", command, "create", "ls", "inspect");
    }
    return 0;
  }

  private static void create(Path directory, Arguments arguments, Session session) {
    if (arguments.value("ref").isEmpty()) {
      throw new UsageException("layout create", "the image has no name", "give one with --ref");
    }
    List<Path> layers = new ArrayList<>();
    for (String file : arguments.values("layer")) {
      layers.add(Path.of(file));
    }
    Optional<byte[]> config = Optional.empty();
    if (arguments.value("config").isPresent()) {
      String text = arguments.value("config").get();
      config =
          Optional.of(
              text.stripLeading().startsWith("{")
                  ? text.getBytes(StandardCharsets.UTF_8)
                  : read(Path.of(text), JsonCodec.MAX_BYTES));
    }
    Optional<Platform> platform = Optional.empty();
    if (arguments.value("platform").isPresent()) {
      platform = Optional.of(Platform.parse(arguments.value("platform").get()));
    }
    LayoutRequest request =
        new LayoutRequest(
            directory,
            layers,
            config,
            ConfigOptions.edit(arguments),
            platform,
            ConfigOptions.map(arguments, "annotation"),
            arguments.value("ref").get());
    Descriptor manifest;
    try (Session.Watching _ = session.watch(false)) {
      manifest = session.engine().byHand().createLayout(request);
    }
    session.println(manifest.digest().toString());
  }

  private static void list(Path directory, Arguments arguments, Session session) {
    List<Json.Obj> rows = new ArrayList<>();
    Table table = new Table().header("REF", "DIGEST", "MEDIA TYPE", "PLATFORM", "SIZE");
    for (Descriptor d : index(directory).manifests()) {
      String ref = d.refName().orElse("<none>");
      String platform = d.platform().map(Platform::toString).orElse("");
      rows.add(
          new JsonBuilder()
              .put("Ref", d.refName().orElse(""))
              .put("Digest", d.digest().toString())
              .put("MediaType", d.mediaType())
              .put("Platform", platform)
              .put("Size", d.size())
              .build());
      table.row(
          ref,
          d.digest().shortHex(),
          d.mediaType(),
          platform.isEmpty() ? "-" : platform,
          Sizes.brief(d.size()));
    }
    if (!Format.rows(arguments, rows, session)) {
      session.print(table.toString());
    }
  }

  /** The manifest and what it leads to, each document as it is. */
  private static void inspect(
      Path directory, Optional<String> ref, Arguments arguments, Session session) {
    List<Json.Obj> found = new ArrayList<>();
    for (Descriptor d : index(directory).manifests()) {
      boolean wanted =
          ref.isEmpty()
              || d.refName().equals(ref)
              || d.digest().toString().equals(ref.get())
              || ref.get().length() >= 4 && d.digest().hex().startsWith(ref.get());
      if (!wanted) {
        continue;
      }
      byte[] bytes = blob(directory, d);
      JsonBuilder row =
          new JsonBuilder()
              .put("Ref", d.refName().orElse(""))
              .put("Digest", d.digest().toString())
              .put("Descriptor", d.toJson())
              .put("Manifest", JsonCodec.parse(bytes, d.digest().toString()));
      if (MediaTypes.isManifest(d.mediaType())) {
        Descriptor config = Manifest.parse(bytes, d.digest().toString()).config();
        row.put("Config", JsonCodec.parse(blob(directory, config), config.digest().toString()));
      }
      found.add(row.build());
    }
    if (found.isEmpty() && ref.isPresent()) {
      throw new NotFoundException(
          ref.get(), "not in the layout " + directory, "phyllo layout ls shows what is");
    }
    Format.objects(arguments, found, session);
  }

  private static Index index(Path directory) {
    if (!Files.isRegularFile(directory.resolve("oci-layout"))) {
      throw new InvalidException(
          directory.toString(), "not an OCI layout: no file oci-layout in it", "name one");
    }
    Path file = directory.resolve("index.json");
    return Index.fromJson(
        JsonCodec.parseObject(read(file, MAX_INDEX_BYTES), file.toString(), MAX_INDEX_BYTES));
  }

  private static byte[] blob(Path directory, Descriptor d) {
    String name = "blobs/" + d.digest().algorithm().token() + "/" + d.digest().hex();
    byte[] bytes = read(directory.resolve(name), JsonCodec.MAX_BYTES);
    Digest actual =
        Digest.of(d.digest().algorithm(), d.digest().algorithm().newMessageDigest().digest(bytes));
    if (!actual.equals(d.digest())) {
      throw new dev.phyllo.oci.CorruptException(
          directory.resolve(name).toString(),
          "its bytes have the digest " + actual,
          "make it again");
    }
    return bytes;
  }

  private static byte[] read(Path file, int most) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new InvalidException(
            file.toString(), "longer than " + most + " bytes", "is it the right file?");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new NotFoundException(file.toString(), "no such file", "check the path", e);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }
}
