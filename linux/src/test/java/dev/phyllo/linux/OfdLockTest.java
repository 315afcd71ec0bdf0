package dev.phyllo.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfdLockTest {
  @TempDir Path temp;

  @BeforeEach
  void need() {
    Kernels.needLinux();
  }

  /** Another process: exits with 0 if it gets the lock, 1 if it does not. */
  static final class Other {
    private Other() {}

    public static void main(String[] args) {
      Linux.exit(OfdLock.lock(Path.of(args[0]), true, false) == null ? 1 : 0);
    }
  }

  private static int other(Path file) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            List.of(
                java,
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Other.class.getName(),
                file.toString()))
        .inheritIO()
        .start()
        .waitFor();
  }

  @Test
  void twoLocksOfOneProcessExcludeEachOther() throws Exception {
    Path file = temp.resolve("lock");
    try (OfdLock held = OfdLock.lock(file, true, true)) {
      assertNotNull(held);
      assertNull(OfdLock.lock(file, true, false));
      assertNull(OfdLock.lock(file, false, false));
      // Closing some other descriptor of the file does not release it, as with POSIX locks.
      Files.readAllBytes(file);
      assertNull(OfdLock.lock(file, true, false));
    }
    try (OfdLock again = OfdLock.lock(file, true, false)) {
      assertNotNull(again);
    }
  }

  @Test
  void sharedLocksAreSharedAndKeepAnExclusiveOneOut() {
    Path file = temp.resolve("lock");
    try (OfdLock one = OfdLock.lock(file, false, true);
        OfdLock two = OfdLock.lock(file, false, false)) {
      assertNotNull(one);
      assertNotNull(two);
      assertNull(OfdLock.lock(file, true, false));
    }
  }

  @Test
  void aLockKeepsOtherProcessesOut() throws Exception {
    Path file = temp.resolve("lock");
    try (OfdLock held = OfdLock.lock(file, true, true)) {
      assertNotNull(held);
      assertEquals(1, other(file));
    }
    assertEquals(0, other(file));
  }

  @Test
  void whoeverWaitsGetsItWhenItIsReleased() throws Exception {
    Path file = temp.resolve("lock");
    CountDownLatch got = new CountDownLatch(1);
    OfdLock held = OfdLock.lock(file, true, true);
    assertNotNull(held);
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              OfdLock mine = OfdLock.lock(file, true, true);
              got.countDown();
              if (mine != null) {
                mine.close();
              }
            });
    assertEquals(1, got.getCount());
    held.close();
    assertTrue(got.await(10, TimeUnit.SECONDS));
    waiting.join();
  }
}
