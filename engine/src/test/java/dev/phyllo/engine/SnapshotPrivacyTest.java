package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotPrivacyTest {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"overlayfs", "native"})
  void aSetuidFileInASnapshotCannotBeReachedByOtherUsers(String driver) throws Exception {
    TestImages.assumeRoot();
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs util-linux' setpriv");
    // Whoever else may enter everything above the store itself.
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path root = Files.createDirectory(dir.resolve("root"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Phyllo engine = Phyllo.open(EngineOptions.at(root).withSnapshotter(driver));
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter out = new TarWriter(tar)) {
      out.entry(
          TarEntry.builder(RawPath.of("su"), TarEntry.Type.FILE).mode(04755).size(1).build(),
          new byte[] {'x'});
    }
    engine.load(
        LoadRequest.of(TestImages.layout(dir.resolve("layout"), "setuid", tar.toByteArray())));
    String key = engine.snapshotter().list().getFirst().key();
    Path su = engine.snapshotter().layerDirectory(key).resolve("su");
    assertEquals(04755, (int) Files.getAttribute(su, "unix:mode") & 07777);
    assertEquals(0, look("true", dir));
    assertNotEquals(0, look("test", su));
    assertTrue(Files.exists(su));
  }

  /** Whether nobody can see a path: what test(1) says of it as another user. */
  private static int look(String what, Path path) throws Exception {
    String script = what.equals("true") ? "true" : "test -e '" + path + "'";
    return new ProcessBuilder(
            "/usr/bin/setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "sh",
            "-c",
            script)
        .start()
        .waitFor();
  }
}
