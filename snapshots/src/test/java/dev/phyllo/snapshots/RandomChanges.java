package dev.phyllo.snapshots;

import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Does to a tree what programs do, at random: makes, writes, deletes, replaces, renames, links, and
 * changes owners, permissions, times and attributes. The same seed does the same.
 */
final class RandomChanges {
  /** Names that collide often, and some that are sorted or quoted wrongly by naive code. */
  private static final List<byte[]> NAMES =
      List.of(
          name("a"),
          name("b"),
          name("a-b"),
          name("a.b"),
          name("c d"),
          name("ü"),
          new byte[] {'n', (byte) 0xff, (byte) 0xfe},
          name("x=%y\t"),
          name("long-" + "l".repeat(120)),
          name(".wh"),
          name("z"));

  private final Fd root;
  private final Random random;

  RandomChanges(Fd root, Random random) {
    this.root = root;
    this.random = random;
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A directory of the tree, open. */
  private Fd someDirectory() {
    Fd at = open(root, name("."));
    while (random.nextInt(3) > 0) {
      byte[] next = someEntry(at, true);
      if (next == null) {
        return at;
      }
      Fd below = open(at, next);
      at.close();
      at = below;
    }
    return at;
  }

  private static Fd open(Fd parent, byte[] name) {
    return FileCalls.openat2(parent, name, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0, 0);
  }

  private byte @Nullable [] someEntry(Fd directory, boolean onlyDirectories) {
    List<byte[]> names = new ArrayList<>();
    for (DirectoryEntry entry : FileCalls.list(directory)) {
      Stat stat = FileCalls.statx(directory, entry.name(), At.SYMLINK_NOFOLLOW);
      if (!onlyDirectories || stat.isDirectory()) {
        names.add(entry.name());
      }
    }
    // The order of getdents64(2) is not the same every time.
    names.sort(java.util.Arrays::compareUnsigned);
    return names.isEmpty() ? null : names.get(random.nextInt(names.size()));
  }

  private byte[] newName() {
    return NAMES.get(random.nextInt(NAMES.size()));
  }

  /** Does this many things. */
  void change(int steps) {
    for (int i = 0; i < steps; i++) {
      try (Fd directory = someDirectory()) {
        step(directory);
      }
    }
  }

  private void step(Fd directory) {
    byte[] old = someEntry(directory, false);
    switch (random.nextInt(18)) {
      case 0, 1, 2 -> file(directory, newName());
      case 3, 4 -> FileCalls.tryMkdirat(directory, newName(), 0755);
      case 5 -> FileCalls.trySymlinkat(target(), directory, newName());
      case 6 -> special(directory, newName());
      case 7, 8 -> remove(directory, old);
      case 9 -> replace(directory, old);
      case 10 -> remake(directory, old);
      case 11 -> rename(directory, old);
      case 12 -> link(directory, old);
      case 13 -> mode(directory, old);
      case 14 -> owner(directory, old);
      case 15 -> time(directory, old);
      case 16 -> attribute(directory, old);
      default -> append(directory, old);
    }
  }

  private byte[] target() {
    return random.nextBoolean() ? name("../a") : name("/" + "t".repeat(random.nextInt(150)));
  }

  private void file(Fd directory, byte[] name) {
    int flags = Open.WRONLY | Open.CREAT | Open.EXCL | Open.NOFOLLOW;
    int number = FileCalls.tryOpenat2(directory, name, flags, 0644, 0);
    if (number < 0) {
      return; // taken
    }
    try (Fd file = Fd.of(number)) {
      byte[] content = new byte[random.nextInt(4) == 0 ? random.nextInt(200_000) : 20];
      random.nextBytes(content);
      if (random.nextInt(5) == 0) {
        FileData.seek(file, random.nextInt(1 << 20), FileData.SEEK_SET); // a hole in front
      }
      FileData.write(file, content, 0, random.nextInt(content.length + 1));
    }
  }

  private void special(Fd directory, byte[] name) {
    int type =
        switch (random.nextInt(3)) {
          case 0 -> Stat.FIFO;
          case 1 -> Stat.CHARACTER_DEVICE;
          default -> Stat.BLOCK_DEVICE;
        };
    long device = type == Stat.FIFO ? 0 : Stat.device(1 + random.nextInt(300), random.nextInt(900));
    FileCalls.tryMknodat(directory, name, type | 0600, device);
  }

  private static void remove(Fd directory, byte @Nullable [] name) {
    if (name != null) {
      Trees.remove(directory, name);
    }
  }

  /** Something of another type under the same name. */
  private void replace(Fd directory, byte @Nullable [] name) {
    if (name == null) {
      return;
    }
    Trees.remove(directory, name);
    switch (random.nextInt(4)) {
      case 0 -> file(directory, name);
      case 1 -> FileCalls.tryMkdirat(directory, name, 0750);
      case 2 -> FileCalls.trySymlinkat(target(), directory, name);
      default -> special(directory, name);
    }
  }

  /** A directory removed and made again, with something in it. */
  private void remake(Fd directory, byte @Nullable [] name) {
    if (name == null) {
      return;
    }
    Trees.remove(directory, name);
    FileCalls.mkdirat(directory, name, 0755);
    try (Fd made = open(directory, name)) {
      file(made, newName());
      if (random.nextBoolean()) {
        FileCalls.tryMkdirat(made, newName(), 0711);
      }
    }
  }

  private void rename(Fd directory, byte @Nullable [] name) {
    if (name == null) {
      return;
    }
    try (Fd to = someDirectory()) {
      // EXDEV is what overlayfs says to moving a lower directory: mv(1) copies then.
      FileCalls.tryRenameat2(directory, name, to, newName(), random.nextInt(2));
    }
  }

  private void link(Fd directory, byte @Nullable [] name) {
    if (name == null) {
      return;
    }
    try (Fd to = someDirectory()) {
      FileCalls.tryLinkat(directory, name, to, newName(), 0);
    }
  }

  private void mode(Fd directory, byte @Nullable [] name) {
    if (name == null || FileCalls.statx(directory, name, At.SYMLINK_NOFOLLOW).isSymlink()) {
      return;
    }
    FileCalls.fchmodat(directory, name, random.nextInt(010000));
  }

  private void owner(Fd directory, byte @Nullable [] name) {
    if (name != null) {
      long uid = random.nextInt(4) == 0 ? 3_000_000_000L : random.nextInt(70_000);
      FileCalls.fchownat(directory, name, uid, random.nextInt(5), At.SYMLINK_NOFOLLOW);
    }
  }

  private void time(Fd directory, byte @Nullable [] name) {
    if (name != null) {
      long seconds = random.nextInt(6) == 0 ? -5 : 1_000_000_000L + random.nextInt(1_000_000);
      int nanos = random.nextBoolean() ? 0 : random.nextInt(1_000_000_000);
      FileCalls.utimensat(directory, name, seconds, nanos, seconds, nanos, At.SYMLINK_NOFOLLOW);
    }
  }

  private void attribute(Fd directory, byte @Nullable [] name) {
    if (name == null) {
      return;
    }
    byte[] value = new byte[random.nextInt(40)];
    random.nextBytes(value);
    byte[] attribute = name(random.nextBoolean() ? "user.a" : "trusted.b=%");
    if (random.nextInt(3) == 0) {
      Xattrs.tryRemove(directory, name, attribute);
    } else {
      int result = Xattrs.trySet(directory, name, attribute, value, 0);
      if (result < 0 && result != -Errno.EPERM && result != -Errno.EOPNOTSUPP) {
        throw new IllegalStateException("setxattr: " + Errno.describe(-result));
      }
    }
  }

  private void append(Fd directory, byte @Nullable [] name) {
    if (name == null) {
      return;
    }
    Stat stat = FileCalls.statx(directory, name, At.SYMLINK_NOFOLLOW);
    if (!stat.isFile()) {
      return;
    }
    try (Fd file =
        FileCalls.openat2(directory, name, Open.WRONLY | Open.APPEND | Open.NOFOLLOW, 0, 0)) {
      // Otherwise it is copied up for nothing, which parts it from its other names; the layer does
      // not show that.
      if (stat.links() > 1 || random.nextBoolean()) {
        FileData.write(file, new byte[] {'+'}, 0, 1);
      }
    }
  }
}
