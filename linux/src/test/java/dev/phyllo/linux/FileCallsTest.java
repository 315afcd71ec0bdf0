package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
  @TempDir Path temp;
  private Fd dir = Fd.CWD;

  @BeforeEach
  void openDirectory() {
    Kernels.needLinux();
    dir = Kernels.directory(temp);
  }

  @AfterEach
  void closeDirectory() {
    dir.close();
  }

  private Fd create(String name) {
    return FileCalls.openat2(dir, bytes(name), Open.RDWR | Open.CREAT | Open.EXCL, 0600, 0);
  }

  @Test
  void aFileIsMadeWrittenReadAndSeen() throws Exception {
    try (Fd file = create("f")) {
      FileData.write(file, bytes("hello world"), 6, 5);
      ByteBuffer more = ByteBuffer.allocateDirect(4).put(bytes("!!!!")).flip();
      FileData.write(file, more);
      assertEquals(0, more.remaining());
      ByteBuffer back = ByteBuffer.allocateDirect(100);
      assertEquals(9, FileData.pread(file, back, 0));
      assertEquals(9, back.position());
      FileCalls.fchmod(file, 0640);
      FileCalls.futimens(file, 1, 2, 1_600_000_000L, 123_456_789);
      Stat stat = FileCalls.statx(file);
      assertTrue(stat.isFile());
      assertEquals(0640, stat.permissions());
      assertEquals(9, stat.size());
      assertEquals(1_600_000_000L, stat.modifySeconds());
      assertEquals(123_456_789, stat.modifyNanos());
      assertEquals(1, stat.accessSeconds());
    }
    assertEquals("world!!!!", Files.readString(temp.resolve("f")));
  }

  @Test
  void anArrayLongerThanTheBufferIsWrittenWhole() throws Exception {
    byte[] big = new byte[200_001];
    for (int i = 0; i < big.length; i++) {
      big[i] = (byte) (i * 31);
    }
    try (Fd file = create("big")) {
      FileData.write(file, big, 0, big.length);
    }
    assertArrayEquals(big, Files.readAllBytes(temp.resolve("big")));
  }

  @Test
  void aDirectoryThatWasRemovedSinceItWasOpenedIsEmpty() throws Exception {
    Path gone = Files.createDirectory(temp.resolve("gone"));
    try (Fd open = FileCalls.open(gone.toString(), Open.RDONLY | Open.DIRECTORY)) {
      Files.delete(gone);
      assertEquals(List.of(), FileCalls.list(open));
    }
  }

  @Test
  void anErrorNamesTheCallTheNameAndTheError() {
    assertEquals(-Errno.ENOENT, FileCalls.tryMkdirat(dir, bytes("a/b"), 0755));
    SystemException e =
        assertThrows(SystemException.class, () -> FileCalls.mkdirat(dir, bytes("a/b"), 0755));
    assertEquals("a/b: mkdirat: ENOENT (No such file or directory)", e.getMessage());
    assertEquals(Errno.ENOENT, e.errno());
  }

  @Test
  void aNameWithANulIsRefusedNotCut() {
    assertThrows(InvalidException.class, () -> FileCalls.tryMkdirat(dir, bytes("a\0b"), 0755));
    assertNull(FileCalls.statOrNull(dir, bytes("a")));
  }

  @Test
  void aNameLongerThanAnyPathIsRefusedByTheKernel() {
    byte[] name = new byte[5000];
    Arrays.fill(name, (byte) 'x');
    assertEquals(-Errno.ENAMETOOLONG, FileCalls.tryMkdirat(dir, name, 0755));
  }

  @Test
  void namesAreBytesAndNeedNotBeUtf8() {
    byte[] name = {'n', (byte) 0xff, (byte) 0xfe, '\n'};
    FileCalls.mkdirat(dir, name, 0755);
    List<DirectoryEntry> entries = FileCalls.list(dir);
    assertEquals(1, entries.size());
    assertArrayEquals(name, entries.getFirst().name());
    assertTrue(entries.getFirst().isDirectory());
    assertEquals("n\\xff\\xfe\\x0a", entries.getFirst().toString());
    FileCalls.unlinkat(dir, name, At.REMOVEDIR);
    assertTrue(FileCalls.list(dir).isEmpty());
  }

  @Test
  void aListingLongerThanTheBufferIsComplete() {
    for (int i = 0; i < 3000; i++) {
      FileCalls.mkdirat(dir, bytes("a-rather-long-directory-name-" + i), 0755);
    }
    assertEquals(3000, FileCalls.list(dir).size());
    assertEquals(3000, FileCalls.list(dir).size());
  }

  @Test
  void linksOfBothKindsAreMadeReadAndNotFollowed() {
    try (Fd file = create("f")) {
      FileCalls.linkat(dir, bytes("f"), dir, bytes("hard"), 0);
      assertEquals(2, FileCalls.statx(file).links());
    }
    FileCalls.symlinkat(bytes("/nowhere"), dir, bytes("soft"));
    assertArrayEquals(bytes("/nowhere"), FileCalls.readlinkat(dir, bytes("soft")));
    FileCalls.fchownat(dir, bytes("soft"), -1, -1, At.SYMLINK_NOFOLLOW);
    FileCalls.utimensat(dir, bytes("soft"), 0, At.UTIME_OMIT, 5, 0, At.SYMLINK_NOFOLLOW);
    Stat stat = FileCalls.statx(dir, bytes("soft"), At.SYMLINK_NOFOLLOW);
    assertTrue(stat.isSymlink());
    assertEquals(5, stat.modifySeconds());
    FileCalls.renameat2(dir, bytes("soft"), dir, bytes("softer"), 0);
    assertNull(FileCalls.statOrNull(dir, bytes("soft")));
  }

  @Test
  void devicesCarryTheirNumbersAndOwnersTheirFull32Bits() {
    Kernels.needRoot();
    FileCalls.mknodat(dir, bytes("null"), Stat.CHARACTER_DEVICE | 0666, Stat.device(1, 3));
    FileCalls.mknodat(dir, bytes("big"), Stat.BLOCK_DEVICE | 0600, Stat.device(4095, 0xfffff));
    FileCalls.mknodat(dir, bytes("pipe"), Stat.FIFO | 0600, 0);
    FileCalls.fchownat(dir, bytes("null"), 4_294_967_294L, 70_000, 0);
    Stat stat = FileCalls.statx(dir, bytes("null"), At.SYMLINK_NOFOLLOW);
    assertEquals(Stat.CHARACTER_DEVICE, stat.type());
    assertEquals(1, stat.deviceMajor());
    assertEquals(3, stat.deviceMinor());
    assertEquals(4_294_967_294L, stat.uid());
    assertEquals(70_000, stat.gid());
    Stat big = FileCalls.statx(dir, bytes("big"), At.SYMLINK_NOFOLLOW);
    assertEquals(4095, big.deviceMajor());
    assertEquals(0xfffff, big.deviceMinor());
  }

  @Test
  void resolveInRootKeepsLinksAndDotsInside() {
    FileCalls.mkdirat(dir, bytes("etc"), 0755);
    try (Fd file = create("etc/passwd")) {
      FileData.write(file, bytes("inside"), 0, 6);
    }
    FileCalls.symlinkat(bytes("/etc/passwd"), dir, bytes("absolute"));
    FileCalls.symlinkat(bytes("../../../../etc/passwd"), dir, bytes("dots"));
    assertEquals("inside", Kernels.read(dir, "absolute"));
    assertEquals("inside", Kernels.read(dir, "dots"));
    assertEquals("inside", Kernels.read(dir, "../../etc/passwd"));
    int flags = Resolve.BENEATH | Resolve.NO_MAGICLINKS;
    assertEquals(-Errno.EXDEV, FileCalls.tryOpenat2(dir, bytes("absolute"), Open.RDONLY, 0, flags));
    assertEquals(
        -Errno.ELOOP,
        FileCalls.tryOpenat2(dir, bytes("dots"), Open.RDONLY, 0, Resolve.NO_SYMLINKS));
  }

  @Test
  void holesAreFoundAndFilesCut() {
    try (Fd file = create("sparse")) {
      FileData.ftruncate(file, 1 << 20);
      FileData.pwrite(file, ByteBuffer.allocateDirect(4096), 512 << 10);
      assertEquals(512 << 10, FileData.seek(file, 0, FileData.SEEK_DATA));
      assertEquals(-Errno.ENXIO, FileData.trySeek(file, 1 << 20, FileData.SEEK_DATA));
      FileData.fsync(file);
      FileData.syncfs(file);
    }
  }

  @Test
  void closingTwiceClosesOnce() {
    Fd first = create("f");
    first.close();
    assertFalse(first.isOpen());
    // The kernel gives the lowest free number: most likely the same one.
    try (Fd second = create("g")) {
      first.close();
      assertEquals(0, FileCalls.statx(second).size());
    }
    assertEquals(-Errno.EBADF, FileCalls.tryFchmod(first, 0600));
  }

  @Test
  void descriptorsDoNotLeakIntoPrograms() throws Exception {
    try (Fd file = create("secret");
        Stream<Path> open = Files.list(Path.of("/proc/self/fdinfo"))) {
      assertTrue(open.anyMatch(p -> p.endsWith(Integer.toString(file.number()))));
      String info = Files.readString(Path.of("/proc/self/fdinfo/" + file.number()));
      String flags = info.lines().filter(l -> l.startsWith("flags:")).findFirst().orElseThrow();
      int bits = Integer.parseInt(flags.substring(6).strip(), 8);
      assertEquals(Open.CLOEXEC, bits & Open.CLOEXEC);
    }
  }
}
