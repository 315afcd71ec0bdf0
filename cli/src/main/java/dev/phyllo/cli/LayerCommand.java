package dev.phyllo.cli;

import dev.phyllo.engine.LayerFile;
import dev.phyllo.engine.LayerRequest;
import dev.phyllo.layers.Compression;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code layer}: layers by hand, as files. */
final class LayerCommand implements Command {
  LayerCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "layer create [OPTIONS] DIR -o FILE | layer inspect [OPTIONS] FILE...",
                    "Make a layer of a directory, or tell a layer file's digests")
                .value("o", "output", "FILE.tar[.gz|.zst]", "Where to write it; its name says how")
                .value(
                    null,
                    "mtime",
                    "SECONDS|keep",
                    "The time of every file, since 1970 (SOURCE_DATE_EPOCH, or 0)")
                .value(null, "owner", "UID[:GID]|keep", "The owner of every file (0:0)"))
        .words(2, Integer.MAX_VALUE)
        .example("phyllo layer create base -o base.tar.gz")
        .example("phyllo layer create --mtime keep --owner keep rootfs -o rootfs.tar.zst")
        .example("phyllo layer inspect --format '{{.DiffID}}' base.tar.gz");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String command = arguments.words().getFirst();
    List<String> rest = arguments.words().subList(1, arguments.words().size());
    switch (command) {
      case "create" -> {
        Subcommands.expect("layer create DIR -o FILE", rest, 1, 1);
        try (Session.Watching _ = session.watch(false)) {
          print(
              session.engine().byHand().createLayer(request(rest, arguments)), arguments, session);
        }
      }
      case "inspect" -> {
        Subcommands.refuse("layer inspect", arguments, "output", "mtime", "owner");
        for (String file : rest) {
          print(session.engine().byHand().readLayer(Path.of(file)), arguments, session);
        }
      }
      default -> throw Subcommands.unknown("layer", command, "create", "inspect");
    }
    return 0;
  }

  private static LayerRequest request(List<String> rest, Arguments arguments) {
    if (arguments.value("output").isEmpty()) {
      throw new UsageException("layer create", "says not where to", "give a file with -o");
    }
    Path output = Path.of(arguments.value("output").get());
    return new LayerRequest(
        Path.of(rest.getFirst()),
        output,
        LayerRequest.compressionOf(output),
        time(arguments),
        owner(arguments));
  }

  private static Optional<Long> time(Arguments arguments) {
    String text = arguments.value("mtime").orElseGet(LayerCommand::epoch);
    if (text.equals("keep")) {
      return Optional.empty();
    }
    String digits = text.startsWith("@") ? text.substring(1) : text; // as tar's --mtime takes it
    try {
      return Optional.of(Long.parseLong(digits));
    } catch (NumberFormatException _) {
      throw new UsageException(
          "--mtime " + text, "not a number of seconds since 1970", "give one, or keep");
    }
  }

  private static String epoch() {
    String epoch = System.getenv("SOURCE_DATE_EPOCH");
    return epoch == null || epoch.isEmpty() ? "0" : epoch;
  }

  private static Optional<LayerRequest.Owner> owner(Arguments arguments) {
    String text = arguments.value("owner").orElse("0:0");
    if (text.equals("keep")) {
      return Optional.empty();
    }
    int colon = text.indexOf(':');
    try {
      long uid = number(colon < 0 ? text : text.substring(0, colon));
      return Optional.of(
          new LayerRequest.Owner(uid, colon < 0 ? uid : number(text.substring(colon + 1))));
    } catch (NumberFormatException _) {
      throw new UsageException("--owner " + text, "not numbers", "give UID, UID:GID or keep");
    }
  }

  private static long number(String text) {
    long number = Long.parseLong(text);
    if (number < 0 || number > 0xffff_fffeL) {
      throw new NumberFormatException(text);
    }
    return number;
  }

  private static void print(LayerFile layer, Arguments arguments, Session session) {
    Json.Obj row =
        new JsonBuilder()
            .put("File", layer.file().toString())
            .put("DiffID", layer.diffId().toString())
            .put("Digest", layer.blob().digest().toString())
            .put("Size", layer.blob().size())
            .put("MediaType", layer.blob().mediaType())
            .put("ArchiveSize", layer.archiveSize())
            .put("Entries", layer.entries())
            .build();
    if (Format.rows(arguments, List.of(row), session)) {
      return;
    }
    boolean plain = layer.blob().mediaType().equals(Compression.NONE.layerMediaType());
    session.println("diffID  " + layer.diffId() + (plain ? "" : "  (the archive)"));
    session.println("digest  " + layer.blob().digest() + (plain ? "" : "  (the file)"));
    session.println("size    " + layer.blob().size());
    session.println("entries " + layer.entries());
  }
}
