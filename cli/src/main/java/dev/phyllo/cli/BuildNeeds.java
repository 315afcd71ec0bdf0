package dev.phyllo.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Whether a build may execute something, for which an ordinary user must be root of a user
 * namespace. One that only copies needs nothing of the kind.
 */
final class BuildNeeds {
  private BuildNeeds() {}

  /** Looks for RUN in the Containerfile's text; where that cannot be read yet, it may be there. */
  static boolean execution(Arguments arguments) {
    String context = arguments.words().isEmpty() ? "." : arguments.words().getFirst();
    List<Path> candidates =
        arguments.value("file").isPresent()
            ? List.of(
                Path.of(arguments.value("file").get()),
                Path.of(context).resolve(arguments.value("file").get()))
            : List.of(
                Path.of(context).resolve("Containerfile"), Path.of(context).resolve("Dockerfile"));
    for (Path candidate : candidates) {
      if (Files.isRegularFile(candidate)) {
        try {
          return mentionsRun(Files.readString(candidate, StandardCharsets.ISO_8859_1));
        } catch (IOException _) {
          return true;
        }
      }
    }
    return true;
  }

  private static boolean mentionsRun(String text) {
    for (String line : text.toUpperCase(Locale.ROOT).split("\n", -1)) {
      String words = line.strip();
      if (words.startsWith("RUN") || words.startsWith("ONBUILD")) {
        return true;
      }
    }
    return false;
  }
}
