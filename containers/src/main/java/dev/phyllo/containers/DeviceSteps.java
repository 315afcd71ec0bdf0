package dev.phyllo.containers;

import static dev.phyllo.linux.MountFlags.ATTR_NODEV;
import static dev.phyllo.linux.MountFlags.ATTR_NOEXEC;
import static dev.phyllo.linux.MountFlags.ATTR_NOSUID;
import static dev.phyllo.linux.MountFlags.ATTR_STRICTATIME;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps that make a container's {@code /dev}; {@link Devices} says which.
 *
 * <p>It is a file system in memory with the nodes in it, and no node of it can be opened (nodev).
 * Each node that may be is covered by a mount of itself alone, to which that does not apply. So
 * what the container makes with mknod(2), for which docker's default capabilities suffice, opens
 * nothing, here as everywhere else in it, even without a cgroup that says so.
 */
final class DeviceSteps {
  private static final byte[] NOTHING = {};
  private static final int TTY_GROUP = 5;
  private static final int TERMINALS_SAFE = ATTR_NOSUID | ATTR_NOEXEC;

  private final Plan.Builder plan;
  private final RootSteps root;
  private final Starting start;
  private final SecuritySpec security;
  private final boolean nested;
  private final IdMap groups;
  private final List<byte[]> nodes = new ArrayList<>();
  private final List<Arg> trees = new ArrayList<>();

  DeviceSteps(Plan.Builder plan, RootSteps root, Starting start) {
    this.start = start;
    this.plan = plan;
    this.root = root;
    this.security = start.container().spec().security();
    this.nested = start.users != null || UserNamespace.current().isNested();
    this.groups = start.users == null ? UserNamespace.current().gids() : start.users.maps().gids();
  }

  /**
   * Makes it.
   *
   * @param shmSize bytes of a /dev/shm of its own
   * @param sharedMemory a detached mount that is its /dev/shm instead; null for none
   * @return the mount
   */
  Arg dev(long shmSize, @Nullable Arg sharedMemory) {
    Arg dev =
        root.fileSystem(
            "tmpfs", List.of("mode=755", "size=65536k"), ATTR_NOSUID | ATTR_STRICTATIME);
    root.attach(dev, "dev");
    node(dev, "null", 1, 3);
    node(dev, "zero", 1, 5);
    node(dev, "full", 1, 7);
    node(dev, "random", 1, 8);
    node(dev, "urandom", 1, 9);
    node(dev, "tty", 5, 0);
    for (DeviceSpec device : security.privileged() ? Devices.all() : List.<DeviceSpec>of()) {
      given(dev, device);
    }
    for (DeviceSpec device : security.devices()) {
      given(dev, device);
    }
    if (!Devices.mayOpenOwn(security)) {
      plan.mountSetattr(dev, false, ATTR_NODEV, 0, 0);
      for (int i = 0; i < nodes.size(); i++) {
        plan.moveMount(trees.get(i), dev, nodes.get(i));
      }
    }
    link(dev, "fd", "/proc/self/fd");
    link(dev, "stdin", "/proc/self/fd/0");
    link(dev, "stdout", "/proc/self/fd/1");
    link(dev, "stderr", "/proc/self/fd/2");
    link(dev, "core", "/proc/kcore");
    link(dev, "ptmx", "pts/ptmx");
    Fd devpts = start.devpts;
    root.below(
        dev,
        "pts",
        devpts == null
            ? root.fileSystem(
                "devpts",
                terminalOptions(groups.contains(TTY_GROUP) ? TTY_GROUP : -1),
                TERMINALS_SAFE)
            : Arg.of(devpts));
    if (start.terminal != null) {
      console(dev, start.terminal);
    }
    List<String> shm = List.of("mode=1777", "size=" + shmSize);
    root.below(
        dev,
        "shm",
        sharedMemory == null ? root.fileSystem("tmpfs", shm, RootSteps.SAFE) : sharedMemory);
    root.below(dev, "mqueue", root.fileSystem("mqueue", List.of(), RootSteps.SAFE));
    return dev;
  }

  /** A file system for terminals that is mounted nowhere yet. */
  static Fd terminals(Starting start) {
    boolean known = UserNamespace.current().gids().contains(TTY_GROUP);
    long group =
        start.users == null
            ? known ? TTY_GROUP : -1
            : start.users.maps().gids().outside(TTY_GROUP); // it is mounted by the host's root
    return Mounts.fileSystem("devpts", terminalOptions(group), TERMINALS_SAFE);
  }

  /** The terminal a second time as /dev/console, by its descriptor: no path is looked up. */
  private void console(Arg dev, Fd terminal) {
    byte[] name = RootMount.bytes("console");
    plan.mknodat(dev, name, Stat.FILE | 0600, 0);
    Arg place = plan.openat2(dev, name, Open.PATH, 0, Resolve.NO_SYMLINKS);
    Arg tree = plan.openTree(Arg.of(terminal), NOTHING, MountFlags.OPEN_TREE_CLONE | At.EMPTY_PATH);
    plan.moveMount(tree, place, NOTHING);
  }

  /** Terminals belong to the group tty, if there is one. */
  private static List<String> terminalOptions(long group) {
    List<String> options = new ArrayList<>(List.of("newinstance", "ptmxmode=0666", "mode=0620"));
    if (group >= 0) {
      options.add("gid=" + group);
    }
    return options;
  }

  private void node(Arg dev, String name, int major, int minor) {
    byte[] bytes = RootMount.bytes(name);
    if (nested) {
      ofHost(dev, bytes, "/dev/" + name);
    } else {
      make(dev, bytes, Stat.CHARACTER_DEVICE | 0666, Stat.device(major, minor));
    }
  }

  /** In a user namespace nobody makes devices: there they are the host's. */
  private void ofHost(Arg dev, byte[] name, String path) {
    plan.mknodat(dev, name, Stat.FILE | 0666, 0);
    plan.tolerate(Errno.EEXIST);
    Arg tree = plan.openTree(Arg.CWD, RootMount.bytes(path), MountFlags.OPEN_TREE_CLONE);
    plan.moveMount(tree, dev, name);
  }

  private void make(Arg dev, byte[] name, int mode, long device) {
    plan.mknodat(dev, name, mode, device);
    plan.tolerate(Errno.EEXIST);
    if (!Devices.mayOpenOwn(security)) {
      nodes.add(name);
      trees.add(plan.openTree(dev, name, MountFlags.OPEN_TREE_CLONE | At.SYMLINK_NOFOLLOW));
    }
  }

  /** A device of the host that was asked for, with the owner and the mode that it has there. */
  private void given(Arg dev, DeviceSpec device) {
    Stat stat = Devices.node(device);
    if (!device.container().startsWith("/dev/")) {
      Arg tree = plan.openTree(Arg.CWD, RootMount.bytes(device.host()), MountFlags.OPEN_TREE_CLONE);
      root.volume(tree, device.container(), false);
      return;
    }
    String[] parts = device.container().substring("/dev/".length()).split("/", -1);
    Arg parent = dev;
    for (int i = 0; i < parts.length - 1; i++) {
      byte[] name = RootMount.bytes(parts[i]);
      plan.mkdirat(parent, name, 0755);
      plan.tolerate(Errno.EEXIST);
      parent =
          plan.openat2(
              parent, name, Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS | Resolve.BENEATH);
    }
    byte[] name = RootMount.bytes(parts[parts.length - 1]);
    if (nested) {
      ofHost(parent, name, device.host());
      return;
    }
    plan.mknodat(parent, name, stat.mode(), Stat.device(stat.deviceMajor(), stat.deviceMinor()));
    plan.tolerate(Errno.EEXIST);
    if (stat.uid() != 0 || stat.gid() != 0) {
      plan.fchownat(parent, name, stat.uid(), stat.gid(), At.SYMLINK_NOFOLLOW);
    }
    if (!Devices.mayOpenOwn(security)) {
      Arg tree = plan.openTree(parent, name, MountFlags.OPEN_TREE_CLONE | At.SYMLINK_NOFOLLOW);
      plan.moveMount(tree, parent, name);
    }
  }

  private void link(Arg dev, String name, String target) {
    plan.symlinkat(RootMount.bytes(target), dev, RootMount.bytes(name));
  }
}
