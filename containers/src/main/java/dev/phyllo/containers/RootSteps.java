package dev.phyllo.containers;

import static dev.phyllo.linux.MountFlags.ATTR_NODEV;
import static dev.phyllo.linux.MountFlags.ATTR_NOEXEC;
import static dev.phyllo.linux.MountFlags.ATTR_NOSUID;
import static dev.phyllo.linux.MountFlags.ATTR_RDONLY;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.linux.cgroup.Cgroup;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

  /** What no file system of the kernel's own needs. */
  static final int SAFE = ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC;

  private static final String[] MASKED_PROC_FILES = {
    "interrupts", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug"
  };
  private static final String[] MASKED_PROC_DIRECTORIES = {"acpi", "asound", "scsi"};
  private static final String[] MASKED_SYS_DIRECTORIES = {"firmware", "devices/virtual/powercap"};
  private static final String[] READ_ONLY_PROC = {"bus", "fs", "irq", "sys", "sysrq-trigger"};

  /** What of the kernel's no container sees. */
  static List<String> maskedPaths() {
    List<String> paths = new ArrayList<>();
    addAll(paths, "/proc/", MASKED_PROC_FILES);
    addAll(paths, "/proc/", MASKED_PROC_DIRECTORIES);
    addAll(paths, "/sys/", MASKED_SYS_DIRECTORIES);
    return paths;
  }

  /** What of the kernel's no container writes. */
  static List<String> readOnlyPaths() {
    List<String> paths = new ArrayList<>();
    addAll(paths, "/proc/", READ_ONLY_PROC);
    return paths;
  }

  private static void addAll(List<String> paths, String below, String[] names) {
    for (String name : names) {
      paths.add(below + name);
    }
  }

  private final Plan.Builder plan;
  private final Arg root;
  private final boolean nested;

  /**
   * @param root a descriptor of the container's root, already mounted
   * @param ownUsers whether it has a user namespace of its own
   */
  RootSteps(Plan.Builder plan, Arg root, boolean ownUsers) {
    this.nested = ownUsers || UserNamespace.current().isNested();
    this.plan = plan;
    this.root = root;
  }

  /**
   * @param security whether what no container should see or write is hidden, and what it sets
   * @param dev the container's {@code /dev}
   * @param given a proc of processes that it shares; null for one of its own
   */
  void proc(SecuritySpec security, Arg dev, @Nullable Arg given) {
    Arg mount = given == null ? fileSystem("proc", List.of(), SAFE) : given;
    attach(mount, "proc");
    for (Map.Entry<String, String> sysctl : security.namespaces().sysctls().entrySet()) {
      byte[] path = RootMount.bytes("sys/" + sysctl.getKey().replace('.', '/'));
      Arg file =
          plan.openat2(
              "--sysctl " + sysctl.getKey(), mount, path, Open.WRONLY, Resolve.NO_SYMLINKS);
      plan.write(file, RootMount.bytes(sysctl.getValue()));
    }
    if (!security.masks()) {
      return;
    }
    for (String file : MASKED_PROC_FILES) {
      maskFile(mount, file, dev);
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
   * @param masked whether what no container should see is hidden
   * @param writable whether it may be written, as only a privileged container may
   * @param cgroup what it sees of its own cgroup; null for nothing
   */
  void sys(boolean hostNetwork, boolean masked, boolean writable, @Nullable Cgroup cgroup) {
    int readOnly = writable ? 0 : ATTR_RDONLY;
    Arg mount;
    if (hostNetwork && nested) {
      mount =
          plan.openTree(
              Arg.CWD, RootMount.bytes("/sys"), MountFlags.OPEN_TREE_CLONE | At.RECURSIVE);
      plan.mountSetattr(mount, true, SAFE | readOnly, 0, 0);
    } else {
      mount = fileSystem("sysfs", List.of(), SAFE | readOnly);
    }
    attach(mount, "sys");
    if (masked) {
      for (String dir : MASKED_SYS_DIRECTORIES) {
        maskDirectory(mount, dir);
      }
    }
    if (cgroup != null) {
      cgroup(mount, cgroup, readOnly);
    } else if (masked && hostNetwork) {
      maskDirectory(mount, "fs/cgroup"); // the host's, where /sys is the host's
    }
  }

  /**
   * {@code /sys/fs/cgroup} has the container's own cgroup and nothing above it, so there is no
   * release_agent in sight, which only a hierarchy's top has (CVE-2022-0492).
   */
  private void cgroup(Arg sys, Cgroup cgroup, int readOnly) {
    Arg.Result place =
        plan.openat2(
            sys, RootMount.bytes("fs/cgroup"), Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS);
    plan.tolerate(Errno.ENOENT);
    String whole = cgroup.view().get("");
    Arg shown;
    if (whole != null) {
      shown = plan.openTree(Arg.CWD, RootMount.bytes(whole), MountFlags.OPEN_TREE_CLONE);
      plan.moveMount(shown, place, NOTHING);
    } else {
      shown = fileSystem("tmpfs", List.of("mode=755"), SAFE);
      plan.moveMount(shown, place, NOTHING);
      for (Map.Entry<String, String> entry : cgroup.view().entrySet()) {
        byte[] name = RootMount.bytes(entry.getKey());
        plan.mkdirat(shown, name, 0755);
        Arg tree =
            plan.openTree(Arg.CWD, RootMount.bytes(entry.getValue()), MountFlags.OPEN_TREE_CLONE);
        plan.moveMount(tree, shown, name);
      }
    }
    plan.mountSetattr(shown, true, SAFE | readOnly, 0, 0);
    plan.afterErrorOf(place);
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

  Arg fileSystem(String type, List<String> options, int attributes) {
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

  void attach(Arg mount, String name) {
    byte[] bytes = RootMount.bytes(name);
    plan.mkdirat(root, bytes, 0755);
    plan.tolerate(Errno.EEXIST);
    Arg place = plan.openat2(root, bytes, Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS);
    plan.moveMount(mount, place, NOTHING);
  }

  void below(Arg dev, String name, Arg mount) {
    byte[] bytes = RootMount.bytes(name);
    plan.mkdirat(dev, bytes, 0755);
    Arg place = plan.openat2(dev, bytes, Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS);
    plan.moveMount(mount, place, NOTHING);
  }

  private void maskFile(Arg mount, String path, Arg dev) {
    Arg place = existing(mount, path, Open.PATH, 2);
    // The null that the engine has just made: the image has no say in what that is
    // (CVE-2025-31133), and it is not the host's, whose mode the container could change.
    Arg nothing = plan.openTree(dev, RootMount.bytes("null"), MountFlags.OPEN_TREE_CLONE);
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
