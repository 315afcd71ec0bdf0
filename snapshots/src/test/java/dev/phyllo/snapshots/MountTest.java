package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MountTest {
  @Test
  void specialCharactersInPathsAreEscapedForOverlayfsAndForTheShell() {
    Path odd = Path.of("/a:b,c\\d e'f");
    Mount mount =
        Mount.overlay(List.of(odd, Path.of("/x")), odd, Path.of("/w"), List.of("index=off"));
    assertEquals(
        List.of(
            "lowerdir=/a\\:b\\,c\\\\d e'f:/x",
            "upperdir=/a:b\\,c\\\\d e'f",
            "workdir=/w",
            "index=off"),
        mount.options());
    assertEquals(List.of(odd.toString(), "/x"), mount.lowerDirs());
    assertEquals(Optional.of(odd.toString()), mount.upperDir());
    assertEquals(Optional.of("/w"), mount.workDir());
    assertEquals(List.of("index=off"), mount.otherOptions());
    assertEquals(
        "mount -t overlay overlay -o 'lowerdir=/a\\:b\\,c\\\\d e'\\''f:/x,"
            + "upperdir=/a:b\\,c\\\\d e'\\''f,workdir=/w,index=off' '/mnt point'",
        mount.command("/mnt point"));
  }

  @Test
  void aBindMountHasNoLayers() {
    Mount mount = Mount.bind(Path.of("/x"), true);
    assertEquals("mount -o bind,ro /x /y", mount.command("/y"));
    assertEquals(List.of(), mount.lowerDirs());
    assertEquals(Optional.empty(), mount.upperDir());
    assertEquals(List.of(), mount.otherOptions());
  }
}
