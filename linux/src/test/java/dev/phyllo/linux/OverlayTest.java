package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayTest {
  @TempDir Path temp;

  @BeforeEach
  void need() {
    Kernels.needRoot();
    assumeTrue(Mounts.hasNewApi(), "no new mount API");
    int overlay = Mounts.tryFsopen("overlay");
    assumeTrue(overlay >= 0, "no overlayfs");
    Fd.of(overlay).close();
  }

  @AfterEach
  void leaveNoMounts() throws IOException {
    Kernels.assertNoMounts(temp);
  }

  private byte[] layer(String name, String... files) throws IOException {
    Path layer = Files.createDirectories(temp.resolve(name));
    for (String file : files) {
      Files.createDirectories(layer.resolve(file).getParent());
      Files.writeString(layer.resolve(file), name + " has " + file);
    }
    return bytes(layer);
  }

  private byte[] empty(String name) throws IOException {
    return bytes(Files.createDirectories(temp.resolve(name)));
  }

  private List<byte[]> threeLayers(String prefix) throws IOException {
    byte[] bottom = layer(prefix + "1", "a", "b", "c");
    byte[] middle = layer(prefix + "2", "b", "c");
    byte[] top = layer(prefix + "3", "c");
    return List.of(top, middle, bottom);
  }

  private static void assertMerged(Fd mount, String prefix) {
    assertEquals(prefix + "1 has a", Kernels.read(mount, "a"));
    assertEquals(prefix + "2 has b", Kernels.read(mount, "b"));
    assertEquals(prefix + "3 has c", Kernels.read(mount, "c"));
    assertEquals(0x794c7630, FileData.fileSystemType(mount));
  }

  @Test
  void theTopmostLayerWinsAndWritingGoesToTheUpper() throws IOException {
    List<byte[]> lowers = threeLayers("l");
    byte[] upper = empty("u");
    try (Fd mount = Mounts.overlay(lowers, upper, empty("w"), List.of(), false)) {
      assertMerged(mount, "l");
      int flags = Open.WRONLY | Open.CREAT;
      FileCalls.openat2(mount, bytes("new"), flags, 0644, Resolve.IN_ROOT).close();
      FileCalls.unlinkat(mount, bytes("a"), 0);
      assertNull(FileCalls.statOrNull(mount, bytes("a")));
    }
    assertTrue(Files.exists(temp.resolve("u/new")));
    assertTrue(Files.exists(temp.resolve("l1/a")));
  }

  @Test
  void aReadOnlyMountRefusesWriting() throws IOException {
    List<byte[]> lowers = threeLayers("l");
    try (Fd mount = Mounts.overlay(lowers, empty("u"), empty("w"), List.of(), true)) {
      assertMerged(mount, "l");
      assertEquals(-Errno.EROFS, FileCalls.tryMkdirat(mount, bytes("d"), 0755));
    }
    try (Fd mount = Mounts.overlay(lowers, null, null, List.of(), false)) {
      assertEquals(-Errno.EROFS, FileCalls.tryMkdirat(mount, bytes("d"), 0755));
    }
  }

  @Test
  void namesWithColonsCommasAndBackslashesAreOnlyNames() throws IOException {
    String odd = "odd:na,me\\x=";
    List<byte[]> lowers = threeLayers(odd);
    byte[] upper = empty(odd + "u");
    try (Fd mount = Mounts.overlay(lowers, upper, empty(odd + "w"), List.of(), false)) {
      assertMerged(mount, odd);
      FileCalls.mkdirat(mount, bytes("new"), 0755);
    }
    assertTrue(Files.exists(temp.resolve(odd + "u/new")));
  }

  @Test
  void aKernelWithoutLowerdirPlusGetsOneString() throws IOException {
    for (String prefix : List.of("l", "o:d,d\\")) {
      List<byte[]> lowers = threeLayers(prefix);
      byte[] upper = empty(prefix + "u");
      byte[] work = empty(prefix + "w");
      try (Fd mount = OverlayMount.detached(lowers, upper, work, List.of(), false, false)) {
        assertMerged(mount, prefix);
      }
    }
  }

  @Test
  void mount2GetsAllInItsOptions() throws IOException {
    for (String prefix : List.of("l", "o:d,d\\")) {
      List<byte[]> lowers = threeLayers(prefix);
      byte[] upper = empty(prefix + "u");
      byte[] work = empty(prefix + "w");
      byte[] target = empty("target");
      List<byte[]> relative = new ArrayList<>();
      for (byte[] lower : lowers) {
        relative.add(bytes(temp.relativize(Path.of(Text.of(lower)))));
      }
      List<String> options = List.of("redirect_dir=off");
      ClassicOverlay.mount(temp.toString(), Text.of(target), relative, upper, work, options, false);
      Fd tree;
      try {
        tree = Mounts.openTree(Fd.CWD, target, MountFlags.OPEN_TREE_CLONE);
      } finally {
        Mounts.umount(target, MountFlags.MNT_DETACH);
      }
      try (tree) {
        assertMerged(tree, prefix);
        FileCalls.mkdirat(tree, bytes("new"), 0755);
      }
      assertTrue(Files.exists(temp.resolve(prefix + "u/new")));
    }
  }

  @Test
  void moreThanAPageOfOptionsIsRefusedWithARemedy() throws IOException {
    List<byte[]> lowers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      lowers.add(bytes("/a/directory/with/a/rather/long/name/" + i));
    }
    SystemException e =
        assertThrows(
            SystemException.class,
            () -> OverlayMount.classicOptions(lowers, null, null, List.of()));
    assertTrue(e.why().contains("4095 bytes"), e.why());
  }

  @Test
  void fiveHundredLayersWithNamesOfAnyLengthAreMerged() throws IOException {
    for (String directory : List.of("short", "long/" + "x".repeat(200) + "/" + "y".repeat(200))) {
      List<byte[]> lowers = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        lowers.addFirst(layer(directory + "/l" + i, "f" + i, "same"));
      }
      byte[] upper = empty(directory + "/u");
      try (Fd mount = Mounts.overlay(lowers, upper, empty(directory + "/w"), List.of(), false)) {
        assertEquals(directory + "/l0 has f0", Kernels.read(mount, "f0"));
        assertEquals(directory + "/l499 has same", Kernels.read(mount, "same"));
      }
    }
  }

  @Test
  void aFailureSaysWhatTheKernelSays() throws IOException {
    List<byte[]> lowers = threeLayers("l");
    byte[] notThere = bytes(temp.resolve("nope"));
    SystemException missing =
        assertThrows(
            SystemException.class,
            () -> Mounts.overlay(List.of(notThere), null, null, List.of(), false));
    assertEquals(Errno.ENOENT, missing.errno());
    assertTrue(missing.thing().contains("nope"), missing.thing());

    SystemException option =
        assertThrows(
            SystemException.class,
            () -> Mounts.overlay(lowers, null, null, List.of("no_such_option=1"), false));
    assertTrue(option.why().contains("overlay: Unknown parameter"), option.why());
  }
}
