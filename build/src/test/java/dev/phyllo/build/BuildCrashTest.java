package dev.phyllo.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.store.CrashPoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds stopped where the disk has just been changed: every seventh place, in turn. */
final class BuildCrashTest {
  private static final int STRIDE = 7;
  private static final int MOST = 400;

  @TempDir Path directory;

  @Test
  void aBuildThatDiesNamesNothingHalfAndTheNextOneWorks() throws Exception {
    int crashes = 0;
    for (int point = 1; point < MOST; point += STRIDE) {
      Path place = Files.createDirectories(directory.resolve("at-" + point));
      int status = build(place, point);
      if (status == 0) {
        assertTrue(crashes > 3, "there were points to stop at");
        return;
      }
      assertEquals(CrashPoints.EXIT_STATUS, status, "point " + point);
      crashes++;
      Bench bench = new Bench(place);
      if (bench.hasImage("built")) {
        // The name came last, so all below it is there.
        assertEquals("f", bench.existing("built").text("y"));
      }
      bench.file("f", "f");
      var built =
          bench.build(
              "FROM scratch AS a\nCOPY f /x\nFROM scratch\nCOPY --from=a /x /y\nWORKDIR /w\n");
      assertEquals("f", built.text("y"), "after point " + point);
    }
    throw new AssertionError("no end after " + MOST + " points");
  }

  private static int build(Path place, int crashAfter) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Ddev.phyllo.crashAfter=" + crashAfter,
                "-cp",
                System.getProperty("java.class.path"),
                BuildProcess.class.getName(),
                place.toString())
            .redirectErrorStream(true)
            .redirectOutput(place.resolve("log").toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("no end in a minute");
    }
    return process.exitValue();
  }
}
