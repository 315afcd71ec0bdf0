package dev.phyllo.snapshots;

import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import java.io.IOException;
import java.nio.file.Files;

/** A tree with one of everything that a file system can hold. */
final class Specimens {
  /**
   * VFS_CAP_REVISION_2 with CAP_NET_RAW permitted and effective, as capabilities(7) lays it out.
   */
  private static final byte[] CAPABILITY = {
    1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  /** A hole of this size before and after the data of "sparse". */
  static final long HOLE = 4 << 20;

  private Specimens() {}

  /** Makes them in the root of a tree. */
  static void make(MountedTree tree) throws IOException {
    Files.writeString(tree.path("file"), "content");
    Files.createFile(tree.path("empty"));
    Files.writeString(tree.path("large"), "0123456789abcdef".repeat(40_000));
    Files.createDirectories(tree.path("dir/sub"));
    Files.createLink(tree.path("dir/sub/hard"), tree.path("file"));
    Files.writeString(tree.path("setuid"), "#!");
    Files.writeString(tree.path("capable"), "#!");
    try (Fd root = FileCalls.open(tree.root() + "/.", Open.RDONLY | Open.DIRECTORY)) {
      FileCalls.symlinkat(Trees.bytes("../no/such"), root, Trees.bytes("dangling"));
      FileCalls.symlinkat(Trees.bytes("/dir"), root, Trees.bytes("link"));
      FileCalls.linkat(root, Trees.bytes("link"), root, Trees.bytes("dir/sub/link"), 0);
      FileCalls.mknodat(root, Trees.bytes("fifo"), Stat.FIFO | 0640, 0);
      FileCalls.mknodat(root, Trees.bytes("char"), Stat.CHARACTER_DEVICE | 0666, Stat.device(1, 3));
      FileCalls.mknodat(root, Trees.bytes("block"), Stat.BLOCK_DEVICE | 0660, Stat.device(7, 99));
      byte[] odd = {'n', (byte) 0xff, '\n', 'x'};
      FileCalls.mknodat(root, odd, Stat.FILE | 0600, 0);
      sparse(root);
      int link = At.SYMLINK_NOFOLLOW;
      FileCalls.fchownat(root, Trees.bytes("dangling"), 7, 8, link);
      FileCalls.fchownat(root, Trees.bytes("setuid"), 1, 2, 0);
      FileCalls.fchownat(root, Trees.bytes("dir/sub"), 4_000_000_000L, 9, 0);
      FileCalls.fchownat(root, Trees.bytes("fifo"), 5, 6, 0);
      FileCalls.fchmodat(root, Trees.bytes("setuid"), 06755);
      FileCalls.fchmodat(root, Trees.bytes("dir"), 01777);
      FileCalls.fchmodat(root, Trees.bytes("dir/sub"), 02750);
      Xattrs.set(root, Trees.bytes("capable"), Trees.bytes("security.capability"), CAPABILITY, 0);
      Xattrs.set(root, Trees.bytes("dir"), Trees.bytes("trusted.note"), Trees.bytes("x"), 0);
      Xattrs.set(root, Trees.bytes("dangling"), Trees.bytes("trusted.l"), new byte[] {0, 1}, 0);
      times(root, "dangling", 1_000_000_000L, 123_456_789);
      times(root, "file", 1_234_567_890L, 1);
      times(root, "fifo", -1, 999_999_999);
      times(root, "dir/sub", 86_400L, 5);
      times(root, "dir", 4_000_000_000L, 6); // last: what is made inside changes it
      Xattrs.set(root, Trees.bytes("trusted.root"), Trees.bytes("x"), 0);
      FileCalls.futimens(root, 3, 4, 3, 4);
    }
  }

  private static void sparse(Fd root) {
    try (Fd file =
        FileCalls.openat2(root, Trees.bytes("sparse"), Open.WRONLY | Open.CREAT, 0644, 0)) {
      FileData.seek(file, HOLE, FileData.SEEK_SET);
      FileData.write(file, Trees.bytes("data"), 0, 4);
      FileData.ftruncate(file, 2 * HOLE);
    }
  }

  private static void times(Fd root, String name, long seconds, int nanos) {
    FileCalls.utimensat(
        root, Trees.bytes(name), seconds, nanos, seconds, nanos, At.SYMLINK_NOFOLLOW);
  }
}
