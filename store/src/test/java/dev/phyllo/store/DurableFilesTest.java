package dev.phyllo.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.SystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
  @TempDir Path dir;

  @Test
  void replacingCreatesAFileOnlyItsOwnerReadsAndLeavesNothingElse() throws Exception {
    Path file = dir.resolve("a.json");
    DurableFiles.replace(file, TestStore.bytes("one"), true);
    DurableFiles.replace(file, TestStore.bytes("two"), false);
    assertEquals("two", Files.readString(file));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(List.of("a.json"), TestStore.filesIn(dir));
  }

  @Test
  void aReaderThatHasTheOldFileOpenKeepsIt() throws Exception {
    Path file = dir.resolve("a");
    DurableFiles.replace(file, TestStore.bytes("old"), false);
    try (var in = Files.newInputStream(file)) {
      DurableFiles.replace(file, TestStore.bytes("new!"), true);
      assertArrayEquals(TestStore.bytes("old"), in.readAllBytes());
    }
  }

  @Test
  void aFailedReplaceNamesTheFileAndLeavesNothing() throws Exception {
    Path directory = Files.createDirectory(dir.resolve("target"));
    Files.createFile(directory.resolve("in the way"));
    SystemException e =
        assertThrows(
            SystemException.class,
            () -> DurableFiles.replace(directory, TestStore.bytes("x"), true));
    assertEquals(directory.toString(), e.thing());
    assertEquals(List.of("target"), TestStore.filesIn(dir));
    Path missing = dir.resolve("no").resolve("file");
    assertThrows(SystemException.class, () -> DurableFiles.replace(missing, new byte[0], false));
  }

  @Test
  void createdDirectoriesAreClosedToOthersAndExistingOnesStayAsTheyAre() throws Exception {
    Path existing =
        Files.createDirectory(
            dir.resolve("a"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Path deep = existing.resolve("b").resolve("c");
    DurableFiles.createDirectories(deep);
    DurableFiles.createDirectories(deep);
    assertEquals("rwxr-xr-x", permissions(existing));
    assertEquals("rwx------", permissions(existing.resolve("b")));
    assertEquals("rwx------", permissions(deep));
  }

  @Test
  void aFileWhereADirectoryShouldBeIsAnError() throws Exception {
    Path file = Files.createFile(dir.resolve("file"));
    assertThrows(SystemException.class, () -> DurableFiles.createDirectories(file));
    assertThrows(SystemException.class, () -> DurableFiles.createDirectories(file.resolve("x")));
  }

  @Test
  void deletingATreeDoesNotFollowSymbolicLinks() throws Exception {
    Path outside = Files.createDirectories(dir.resolve("outside/inner"));
    Files.writeString(outside.resolve("keep"), "keep");
    Path tree = Files.createDirectories(dir.resolve("tree/sub"));
    Files.createSymbolicLink(tree.resolve("link"), outside);
    Files.createSymbolicLink(tree.resolve("broken"), Path.of("nowhere"));
    Files.writeString(tree.resolve("file"), "");
    DurableFiles.deleteTree(dir.resolve("tree"));
    assertFalse(Files.exists(dir.resolve("tree")));
    assertEquals("keep", Files.readString(outside.resolve("keep")));
    DurableFiles.deleteTree(dir.resolve("tree")); // once more does nothing
    Path link = Files.createSymbolicLink(dir.resolve("link"), outside);
    DurableFiles.deleteTree(link);
    assertTrue(Files.exists(outside.resolve("keep")));
  }

  private static String permissions(Path p) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(p));
  }
}
