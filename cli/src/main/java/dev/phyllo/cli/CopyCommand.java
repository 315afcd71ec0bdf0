package dev.phyllo.cli;

import dev.phyllo.engine.CopyRequest;
import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.transports.CopyOptions;
import dev.phyllo.transports.ImageCopy;
import dev.phyllo.transports.ManifestFormat;
import dev.phyllo.transports.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code copy}: an image from any place to any other, with skopeo's words. */
final class CopyCommand implements Command {
  CopyCommand() {}

  @Override
  public Syntax syntax() {
    Syntax syntax =
        new Syntax(
                "copy [OPTIONS] SOURCE DESTINATION",
                "Copy an image between registries, layouts, archives and the store")
            .flag("a", "all", "Copy the images of all platforms")
            .flag(null, "all-platforms", "The same")
            .value(null, "platform", "OS/ARCH", "Copy the image for this platform")
            .value("f", "format", "oci|v2s2", "Make the manifest one of this kind")
            .value(
                null,
                "dest-compress-format",
                "gzip|zstd|none",
                "Compress the layers so, which changes their digests")
            .flag(null, "referrers", "Copy signatures and what else refers to the image")
            .value(null, "parallel", "N", "Send so many blobs at once (4)")
            .value(null, "digestfile", "FILE", "Write the digest to FILE")
            .flag("q", "quiet", "Print only the digest");
    RegistryFlags.add(syntax);
    RegistryFlags.add(syntax, "src-", "source ");
    return RegistryFlags.add(syntax, "dest-", "destination ")
        .words(2, 2)
        .example("phyllo copy docker://busybox oci:layout:busybox")
        .example("phyllo copy --all docker://a.example/app:1 docker://b.example/app:1")
        .example("phyllo copy phyllo:app docker-archive:app.tar:app:1");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    boolean quiet = arguments.has("quiet");
    CopyRequest request =
        CopyRequest.of(Place.parse(arguments.words().get(0)), Place.parse(arguments.words().get(1)))
            .withOptions(options(arguments))
            .withRegistries(
                RegistryFlags.options(arguments, "src-"),
                RegistryFlags.options(arguments, "dest-"));
    ImageCopy.Copied copied;
    try (Session.Watching _ = session.watch(quiet)) {
      copied = session.engine().registries().copy(request);
    }
    print(copied, quiet, arguments, session);
    return 0;
  }

  static CopyOptions options(Arguments arguments) {
    return CopyOptions.DEFAULT
        .withAll(arguments.has("all") || arguments.has("all-platforms"))
        .withPlatform(arguments.value("platform").map(Platform::parse))
        .withFormat(arguments.value("format").map(ManifestFormat::parse))
        .withCompression(arguments.value("dest-compress-format").map(CopyCommand::compression))
        .withReferrers(arguments.has("referrers"))
        .withParallel(PullCommand.parallel(arguments));
  }

  private static Compression compression(String word) {
    return switch (word) {
      case "gzip" -> Compression.GZIP;
      case "zstd" -> Compression.ZSTD;
      case "none", "uncompressed" -> Compression.NONE;
      default ->
          throw new UsageException(
              "--dest-compress-format=" + word, "no such compression", "use gzip, zstd or none");
    };
  }

  static void print(ImageCopy.Copied copied, boolean quiet, Arguments arguments, Session session) {
    String digest = copied.target().digest().toString();
    Optional<String> file = arguments.value("digestfile");
    if (file.isPresent()) {
      try {
        Files.write(Path.of(file.get()), digest.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        throw new SystemException(file.get(), e);
      }
    }
    if (quiet) {
      session.println(digest);
      return;
    }
    session.println("Digest: " + digest);
    session.println(
        "Blobs: "
            + copied.sent()
            + " sent, "
            + copied.present()
            + " there already"
            + (copied.referrers() == 0 ? "" : "; " + copied.referrers() + " referrers"));
  }
}
