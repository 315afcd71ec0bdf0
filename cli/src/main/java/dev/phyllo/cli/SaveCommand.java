package dev.phyllo.cli;

import dev.phyllo.cli.output.Terminals;
import dev.phyllo.engine.SaveRequest;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UsageException;
import dev.phyllo.transports.SaveFormat;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.util.Optional;

/** {@code save}: images to an archive, a layout directory or standard output. */
final class SaveCommand implements Command {
  SaveCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "save [OPTIONS] IMAGE...", "Save images to an archive, a layout or standard output")
        .value("o", "output", "FILE|DIR", "Write this instead of standard output")
        .value(
            null,
            "format",
            "FORMAT",
            "docker-archive (the default: docker's and an OCI layout in one), oci-archive or"
                + " oci-dir")
        .value(null, "platform", "OS/ARCH", "Save only the image for this platform of an index")
        .flag("q", "quiet", "Show no progress")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo save -o app.tar app:1")
        .example("phyllo save app | docker load")
        .example("phyllo save --format oci-dir -o layout app:1 app:2");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    SaveFormat format = SaveFormat.parse(arguments.value("format").orElse("docker-archive"));
    Optional<String> output = arguments.value("output").filter(o -> !o.equals("-"));
    SaveRequest request;
    if (output.isPresent()) {
      request = SaveRequest.to(path(output.get()), arguments.words());
    } else {
      if (format == SaveFormat.OCI_DIR) {
        throw new UsageException("save --format oci-dir", "needs a directory", "name one with -o");
      }
      if (Terminals.isTerminal(1)) {
        throw new UsageException(
            "save",
            "cowardly refusing to write an archive to a terminal",
            "give a file with -o, or redirect standard output");
      }
      request = SaveRequest.to(new FileOutputStream(FileDescriptor.out), arguments.words());
    }
    request = request.withFormat(format).withEpochSeconds(epoch());
    if (arguments.value("platform").isPresent()) {
      request = request.withPlatform(Platform.parse(arguments.value("platform").get()));
    }
    try (Session.Watching _ = session.watch(arguments.has("quiet"))) {
      session.engine().save(request);
    }
    return 0;
  }

  private static Path path(String output) {
    if (output.isEmpty()) {
      throw new UsageException("save --output", "an empty name", "name a file");
    }
    return Path.of(output);
  }

  /** The time of an archive's entries, so that the same images give the same bytes. */
  private static long epoch() {
    String text = System.getenv("SOURCE_DATE_EPOCH");
    if (text == null || text.isEmpty()) {
      return 0;
    }
    try {
      long seconds = Long.parseLong(text);
      if (seconds >= 0) {
        return seconds;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new UsageException(
        "SOURCE_DATE_EPOCH=" + text, "not a number of seconds since 1970", "correct or unset it");
  }
}
