package dev.phyllo.containers;

import static dev.phyllo.linux.MountFlags.ATTR_NODEV;
import static dev.phyllo.linux.MountFlags.ATTR_NOEXEC;
import static dev.phyllo.linux.MountFlags.ATTR_NOSUID;
import static dev.phyllo.linux.MountFlags.ATTR_RDONLY;
import static dev.phyllo.linux.MountFlags.ATTR_STRICTATIME;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps that furnish a root: {@code /proc}, {@code /sys} and {@code /dev} as the OCI runtime
 * specification's default Linux environment has them (config-linux.md), and what in them no
 * container should see or write.
 *
 * <p>Every step works below a descriptor. Where an image could have put a symbolic link, paths are
 * resolved with {@code RESOLVE_IN_ROOT} (openat2(2)); for {@code /proc}, {@code /sys} and {@code
 * /dev} themselves a link is refused, since a proc that lies elsewhere unmasks what is masked here
 * (CVE-2019-19921, CVE-2025-31133).
 */
final class RootSteps {
  private static final byte[] NOTHING = {};
  private static final int TTY_GROUP = 5;
  private static final int SAFE = ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC;
  private static final int CHAR_RW_ALL = Stat.CHARACTER_DEVICE | 0666;

  private static final String[] MASKED_PROC_FILES = {
    "interrupts", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug"
  };
  private static final String[] MASKED_PROC_DIRECTORIES = {"acpi", "asound", "scsi"};
  private static final String[] MASKED_SYS_DIRECTORIES = {"firmware", "devices/virtual/powercap"};
  private static final String[] READ_ONLY_PROC = {"bus", "fs", "irq", "sys", "sysrq-trigger"};

  private final Plan.Builder plan;
  private final Arg root;
  private final UserNamespace users = UserNamespace.current();

  /**
   * @param root a descriptor of the container's root, already mounted
   */
  RootSteps(Plan.Builder plan, Arg root) {
    this.plan = plan;
    this.root = root;
  }

  void proc() {
    Arg mount = fileSystem("proc", List.of(), SAFE);
    attach(mount, "proc");
    for (String file : MASKED_PROC_FILES) {
      maskFile(mount, file);
    }
    for (String dir : MASKED_PROC_DIRECTORIES) {
      maskDirectory(mount, dir);
    }
    for (String path : READ_ONLY_PROC) {
      makeReadOnly(mount, path);
    }
  }

  /**
   * @param hostNetwork whether the network namespace is the host's: its sysfs can be mounted anew
   *     only by the host's root, others see what is mounted there
   */
  void sys(boolean hostNetwork) {
    Arg mount;
    if (hostNetwork && users.isNested()) {
      mount =
          plan.openTree(
              Arg.CWD, RootMount.bytes("/sys"), MountFlags.OPEN_TREE_CLONE | At.RECURSIVE);
      plan.mountSetattr(mount, true, SAFE | ATTR_RDONLY, 0, 0);
    } else {
      mount = fileSystem("sysfs", List.of(), SAFE | ATTR_RDONLY);
    }
    attach(mount, "sys");
    for (String dir : MASKED_SYS_DIRECTORIES) {
      maskDirectory(mount, dir);
    }
  }

  void dev() {
    Arg dev =
        fileSystem("tmpfs", List.of("mode=755", "size=65536k"), ATTR_NOSUID | ATTR_STRICTATIME);
    attach(dev, "dev");
    device(dev, "null", 1, 3);
    device(dev, "zero", 1, 5);
    device(dev, "full", 1, 7);
    device(dev, "random", 1, 8);
    device(dev, "urandom", 1, 9);
    device(dev, "tty", 5, 0);
    link(dev, "fd", "/proc/self/fd");
    link(dev, "stdin", "/proc/self/fd/0");
    link(dev, "stdout", "/proc/self/fd/1");
    link(dev, "stderr", "/proc/self/fd/2");
    link(dev, "core", "/proc/kcore");
    link(dev, "ptmx", "pts/ptmx");
    below(dev, "pts", fileSystem("devpts", terminalOptions(), ATTR_NOSUID | ATTR_NOEXEC));
    below(dev, "shm", fileSystem("tmpfs", List.of("mode=1777", "size=65536k"), SAFE));
    below(dev, "mqueue", fileSystem("mqueue", List.of(), SAFE));
  }

  /**
   * A directory or file of the host at a path of the container; the path is made if missing.
   *
   * @param tree a detached mount of the source
   * @param directory whether the source is a directory
   */
  void volume(Arg tree, String target, boolean directory) {
    Arg place = directory ? makeDirectory(target) : makeFile(target);
    plan.moveMount(tree, place, NOTHING);
  }

  /** Opens a directory of the container, making what is missing of its path. */
  Arg makeDirectory(String path) {
    List<byte[]> parts = components(path);
    Arg dir = root;
    for (int i = 0; i < parts.size(); i++) {
      // EROFS: below a read-only mount what is there has to do.
      plan.mkdirat(dir, parts.get(i), 0755);
      plan.tolerate(Errno.EEXIST, Errno.EROFS);
      dir =
          plan.openat2(
              root,
              joined(parts, i + 1),
              Open.PATH | Open.DIRECTORY,
              0,
              Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
    }
    return dir;
  }

  private Arg makeFile(String path) {
    List<byte[]> parts = components(path);
    Arg dir =
        parts.size() == 1
            ? root
            : makeDirectory(new String(joined(parts, parts.size() - 1), StandardCharsets.UTF_8));
    plan.mknodat(dir, parts.getLast(), Stat.FILE | 0644, 0);
    plan.tolerate(Errno.EEXIST, Errno.EROFS);
    return plan.openat2(
        root, joined(parts, parts.size()), Open.PATH, 0, Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
  }

  private Arg fileSystem(String type, List<String> options, int attributes) {
    Arg context = plan.fsopen(type);
    // What /proc/mounts shows as the device.
    plan.fsconfigString(context, "source", type);
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        plan.fsconfigFlag(context, option);
      } else {
        plan.fsconfigString(context, option.substring(0, equals), option.substring(equals + 1));
      }
    }
    plan.fsconfigCreate(context);
    return plan.fsmount(context, attributes);
  }

  private void attach(Arg mount, String name) {
    byte[] bytes = RootMount.bytes(name);
    plan.mkdirat(root, bytes, 0755);
    plan.tolerate(Errno.EEXIST);
    Arg place = plan.openat2(root, bytes, Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS);
    plan.moveMount(mount, place, NOTHING);
  }

  private void below(Arg dev, String name, Arg mount) {
    byte[] bytes = RootMount.bytes(name);
    plan.mkdirat(dev, bytes, 0755);
    Arg place = plan.openat2(dev, bytes, Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS);
    plan.moveMount(mount, place, NOTHING);
  }

  /** Terminals belong to the group tty, if there is one. */
  private List<String> terminalOptions() {
    List<String> options = new ArrayList<>(List.of("newinstance", "ptmxmode=0666", "mode=0620"));
    if (users.gids().contains(TTY_GROUP)) {
      options.add("gid=" + TTY_GROUP);
    }
    return options;
  }

  /** In a user namespace nobody makes devices: there they are the host's. */
  private void device(Arg dev, String name, int major, int minor) {
    if (users.isNested()) {
      plan.mknodat(dev, RootMount.bytes(name), Stat.FILE | 0666, 0);
      Arg place = plan.openat2(dev, RootMount.bytes(name), Open.PATH, 0, Resolve.NO_SYMLINKS);
      Arg host =
          plan.openTree(Arg.CWD, RootMount.bytes("/dev/" + name), MountFlags.OPEN_TREE_CLONE);
      plan.moveMount(host, place, NOTHING);
      return;
    }
    plan.mknodat(dev, RootMount.bytes(name), CHAR_RW_ALL, Stat.device(major, minor));
  }

  private void link(Arg dev, String name, String target) {
    plan.symlinkat(RootMount.bytes(target), dev, RootMount.bytes(name));
  }

  private void maskFile(Arg mount, String path) {
    Arg place = existing(mount, path, Open.PATH, 2);
    // The host's own /dev/null: the image has no say in what that is (CVE-2025-31133).
    Arg nothing = plan.openTree(Arg.CWD, RootMount.bytes("/dev/null"), MountFlags.OPEN_TREE_CLONE);
    plan.moveMount(nothing, place, NOTHING);
  }

  private void maskDirectory(Arg mount, String path) {
    Arg place = existing(mount, path, Open.PATH | Open.DIRECTORY, 5);
    Arg empty = fileSystem("tmpfs", List.of(), SAFE | ATTR_RDONLY);
    plan.moveMount(empty, place, NOTHING);
  }

  private void makeReadOnly(Arg mount, String path) {
    Arg place = existing(mount, path, Open.PATH, 3);
    Arg tree =
        plan.openTree(place, NOTHING, MountFlags.OPEN_TREE_CLONE | At.RECURSIVE | At.EMPTY_PATH);
    plan.mountSetattr(tree, true, ATTR_RDONLY, 0, 0);
    plan.moveMount(tree, place, NOTHING);
  }

  /** Opens what may be missing; if it is, the next steps are left out. */
  private Arg existing(Arg mount, String path, int flags, int skipped) {
    Arg place = plan.openat2(mount, RootMount.bytes(path), flags, 0, Resolve.NO_SYMLINKS);
    plan.tolerate(Errno.ENOENT, Errno.ENOTDIR).skipOnError(skipped);
    return place;
  }

  private static List<byte[]> components(String path) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    while (start < path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String part = path.substring(start, end);
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(RootMount.bytes(part));
      }
      start = end + 1;
    }
    return parts;
  }

  private static byte[] joined(List<byte[]> parts, int count) {
    int length = count - 1;
    for (int i = 0; i < count; i++) {
      length += parts.get(i).length;
    }
    byte[] path = new byte[length];
    int at = 0;
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        path[at++] = '/';
      }
      byte[] part = parts.get(i);
      System.arraycopy(part, 0, path, at, part.length);
      at += part.length;
    }
    return path;
  }
}
