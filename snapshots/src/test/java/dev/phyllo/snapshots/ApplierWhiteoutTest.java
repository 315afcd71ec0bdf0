package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whiteouts, in both forms: what overlayfs merges must be what a plain tree holds after the same
 * layers (image specification, layer.md).
 */
class ApplierWhiteoutTest {
  @TempDir Path temp;

  @BeforeEach
  void needs() {
    Needs.overlay(temp);
  }

  private static byte[] base() {
    return new Archive()
        .dir("d", 0700)
        .file("d/one", "1")
        .file("d/two", "2")
        .dir("d/sub")
        .file("d/sub/deep", "x")
        .file("f", "lower")
        .symlink("l", "f")
        .dir("e")
        .bytes();
  }

  /** Applies layers in both ways, compares, and returns the names there are. */
  private List<String> merged(byte[]... layers) throws IOException {
    Path plain = Files.createTempDirectory(temp, "plain");
    List<Path> overlay = new ArrayList<>();
    for (byte[] layer : layers) {
      Archive.apply(layer, plain, WhiteoutStyle.PLAIN, List.of());
      Path directory = Files.createTempDirectory(temp, "layer");
      Archive.apply(layer, directory, WhiteoutStyle.OVERLAY, List.copyOf(overlay));
      overlay.addFirst(directory);
    }
    Path empty = Files.createTempDirectory(temp, "empty");
    overlay.addFirst(empty);
    try (MountedTree tree = MountedTree.of(List.of(Mount.overlay(overlay, List.of())))) {
      Map<RawPath, String> fromOverlay = new TreeMap<>(withoutRoot(tree.root()));
      assertEquals(TreeText.text(withoutRoot(plain)), TreeText.text(fromOverlay));
      return fromOverlay.keySet().stream().map(RawPath::toString).toList();
    }
  }

  private static Map<RawPath, String> withoutRoot(Path root) {
    Map<RawPath, String> tree = new TreeMap<>(TreeText.of(root, false));
    tree.remove(RawPath.EMPTY);
    return tree;
  }

  @Test
  void aWhiteoutDeletesAFileALinkAndAWholeDirectory() throws IOException {
    assertEquals(
        List.of("e"),
        merged(base(), new Archive().empty(".wh.d").empty(".wh.f").empty(".wh.l").bytes()));
  }

  @Test
  void aWhiteoutOfAnyTypeIsAWhiteout() throws IOException {
    List<String> left = List.of("d", "d/one", "d/sub", "d/sub/deep", "d/two", "e", "l");
    assertEquals(left, merged(base(), new Archive().file(".wh.f", "content").bytes()));
    assertEquals(left, merged(base(), new Archive().symlink(".wh.f", "/").bytes()));
    assertEquals(left, merged(base(), new Archive().dir(".wh.f").bytes()));
    assertEquals(
        left,
        merged(
            base(), new Archive().device(".wh.f", TarEntry.Type.CHARACTER_DEVICE, 0, 0).bytes()));
    assertEquals(
        left, merged(base(), new Archive().device(".wh.f", TarEntry.Type.FIFO, 0, 0).bytes()));
    assertEquals(
        left, merged(base(), new Archive().empty(".wh.x").hardlink(".wh.f", ".wh.x").bytes()));
  }

  @Test
  void anOpaqueDirectoryKeepsOnlyWhatItsLayerHas() throws IOException {
    for (boolean first : new boolean[] {true, false}) {
      Archive archive = new Archive().dir("d", 0711);
      if (first) {
        archive.empty("d/.wh..wh..opq").file("d/new", "x").dir("d/sub");
      } else {
        archive.file("d/new", "x").dir("d/sub").empty("d/.wh..wh..opq");
      }
      List<String> names = merged(base(), archive.bytes());
      assertTrue(names.contains("d/new"), names.toString());
      assertFalse(names.contains("d/one"), names.toString());
    }
  }

  @Test
  void aDirectoryDeletedAndMadeAgainDoesNotShowTheOldOne() throws IOException {
    List<String> expected = List.of("d", "d/new", "e", "f", "l");
    assertEquals(
        expected, merged(base(), new Archive().empty(".wh.d").dir("d").file("d/new", "x").bytes()));
    assertEquals(
        expected, merged(base(), new Archive().dir("d").file("d/new", "x").empty(".wh.d").bytes()));
  }

  @Test
  void aDirectoryDeletedAndMadeAgainOnlyByItsFilesDoesNotShowTheOldOne() throws IOException {
    List<String> names = merged(base(), new Archive().empty(".wh.d").file("d/new", "x").bytes());
    assertEquals(List.of("d", "d/new", "e", "f", "l"), names);
  }

  @Test
  void aWhiteoutDoesNotHideAFileOfItsOwnLayer() throws IOException {
    for (boolean first : new boolean[] {true, false}) {
      Archive archive = new Archive();
      if (first) {
        archive.empty(".wh.f").file("f", "upper");
      } else {
        archive.file("f", "upper").empty(".wh.f");
      }
      assertTrue(merged(base(), archive.bytes()).contains("f"));
    }
  }

  @Test
  void aTypeCanChangeFromLayerToLayer() throws IOException {
    List<String> names =
        merged(
            base(),
            new Archive().file("d", "a file now").dir("f").file("f/x", "1").bytes(),
            new Archive().dir("d").file("d/again", "x").symlink("f", "d").bytes());
    assertEquals(List.of("d", "d/again", "e", "f", "l"), names);
  }

  @Test
  void whatWasDeletedCanComeBackInAThirdLayer() throws IOException {
    List<String> names =
        merged(
            base(),
            new Archive().empty(".wh.d").empty(".wh.f").bytes(),
            new Archive().dir("d").file("d/two", "new").file("f", "new").bytes());
    assertEquals(List.of("d", "d/two", "e", "f", "l"), names);
  }

  @Test
  void anOpaqueRootHidesEverythingBelow() throws IOException {
    List<String> names =
        merged(base(), new Archive().dir("d").file("d/new", "x").empty(".wh..wh..opq").bytes());
    assertEquals(List.of("d", "d/new"), names);
  }

  @Test
  void whiteoutsInTheFirstLayerMeanNothing() throws IOException {
    Path layer = Files.createDirectory(temp.resolve("only"));
    new Archive().dir("d").empty(".wh.x").empty("d/.wh.y").empty("d/.wh..wh..opq").applyTo(layer);
    assertEquals(
        List.of("", "d"), TreeText.of(layer).keySet().stream().map(Object::toString).toList());
  }

  @Test
  void whiteoutsAreTheDeviceAndTheAttributeThatOverlayfsKnows() throws IOException {
    Path lower = Files.createDirectory(temp.resolve("lower"));
    Path layer = Files.createDirectory(temp.resolve("upper"));
    Archive.apply(base(), lower, WhiteoutStyle.OVERLAY, List.of());
    new Archive().empty(".wh.f").dir("d").empty("d/.wh..wh..opq").applyTo(layer, lower);
    Map<RawPath, String> tree = TreeText.of(layer, false);
    assertEquals("char 0 0:0 0:0", tree.get(RawPath.of("f")));
    assertEquals("dir 755 0:0 trusted.overlay.opaque=79", tree.get(RawPath.of("d")));
  }

  @Test
  void inAUserNamespaceOpaqueDirectoriesAreMarkedByAUserAttribute() throws IOException {
    Path lower = Files.createDirectory(temp.resolve("lower"));
    Path layer = Files.createDirectory(temp.resolve("upper"));
    byte[] archive = new Archive().dir("d").empty("d/.wh..wh..opq").bytes();
    Archive.apply(archive, layer, WhiteoutStyle.OVERLAY_USERXATTR, List.of(lower));
    assertEquals(
        "dir 755 0:0 user.overlay.opaque=79", TreeText.of(layer, false).get(RawPath.of("d")));
  }

  @Test
  void aufsBookkeepingIsLeftOut() throws IOException {
    List<String> names =
        merged(
            base(),
            new Archive()
                .file(".wh..wh.aufs", "x")
                .dir(".wh..wh.plnk")
                .file(".wh..wh.plnk/1.2", "x")
                .file("n", "x")
                .bytes());
    assertTrue(names.contains("n"));
    assertEquals(9, names.size(), names.toString());
  }
}
