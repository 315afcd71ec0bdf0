package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Cases of other implementations. They are looked for below the directory named by the system
 * property {@code phyllo.fixtures} or the variable PHYLLO_FIXTURES, or else in {@code
 * ../shared/fixtures} beside the repository.
 */
final class Fixtures {
  private Fixtures() {}

  /** A directory of cases; the test is skipped if it is not there. */
  static Path directory(String name) {
    String named = System.getProperty("phyllo.fixtures", System.getenv("PHYLLO_FIXTURES"));
    Path found = null;
    if (named != null) {
      found = Path.of(named).resolve(name);
    } else {
      for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
        Path candidate = up.resolve("shared/fixtures").resolve(name);
        if (Files.isDirectory(candidate)) {
          found = candidate;
          break;
        }
      }
    }
    assumeTrue(
        found != null && Files.isDirectory(found),
        "the cases of " + name + " are not beside the repository; set PHYLLO_FIXTURES");
    return found;
  }
}
