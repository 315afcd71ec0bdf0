package dev.phyllo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.SystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of the answer that {@code ./phyllo} has written; acceptance/starts.sh does it all.
 */
class SourcesTest {
  @TempDir Path dir;
  private Path answer;

  @BeforeEach
  void name() {
    answer = dir.resolve("newer.1");
    // Of no child of this process.
    System.setProperty("dev.phyllo.sources", answer + ":1");
    // Becoming this one fails, and that can be told from returning.
    System.setProperty("dev.phyllo.script", dir.resolve("phyllo").toString());
  }

  @AfterEach
  void forget() {
    System.clearProperty("dev.phyllo.sources");
    System.clearProperty("dev.phyllo.script");
  }

  @Test
  void anAnswerThatNothingIsNewerIsReadAndRemoved() throws Exception {
    Files.writeString(answer, ".\n");
    Sources.check();
    assertFalse(Files.exists(answer));
  }

  @Test
  void anAnswerIsWaitedForAndANewerSourceSendsBackToTheScript() throws Exception {
    Files.writeString(answer, "");
    Thread search =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Thread.sleep(50);
                Files.writeString(answer, "/a/pom.xml\n", StandardOpenOption.APPEND);
                Thread.sleep(50);
                Files.writeString(answer, ".\n", StandardOpenOption.APPEND);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    SystemException e = assertThrows(SystemException.class, Sources::check);
    search.join();
    assertEquals(dir.resolve("phyllo").toString(), e.thing());
    assertFalse(Files.exists(answer));
  }

  @Test
  void anAnswerThatWasReadBeforeIsNotWaitedFor() {
    Sources.check();
    assertFalse(Files.exists(answer));
  }
}
