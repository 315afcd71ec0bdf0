package dev.phyllo.containers;

import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.cgroup.DeviceRule;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The devices of a container. Two things keep it from others, either of which would do: no file
 * system that it sees lets devices be opened (the mount attribute nodev), except through the mounts
 * that {@link RootSteps} makes of single nodes; and its cgroup, where there is one, knows the
 * numbers that may be opened.
 */
public final class Devices {
  /** What every container has: memory's and the terminals' (config-linux.md, Default Devices). */
  private static final DeviceRule[] DEFAULT = {
    new DeviceRule('c', DeviceRule.ANY, DeviceRule.ANY, "m"),
    new DeviceRule('b', DeviceRule.ANY, DeviceRule.ANY, "m"),
    new DeviceRule('c', 1, 3, "rwm"),
    new DeviceRule('c', 1, 5, "rwm"),
    new DeviceRule('c', 1, 7, "rwm"),
    new DeviceRule('c', 1, 8, "rwm"),
    new DeviceRule('c', 1, 9, "rwm"),
    new DeviceRule('c', 5, 0, "rwm"),
    new DeviceRule('c', 5, 1, "rwm"),
    new DeviceRule('c', 5, 2, "rwm"),
    new DeviceRule('c', 136, DeviceRule.ANY, "rwm"),
  };

  private Devices() {}

  /** What its cgroup is told; everything for a privileged container. */
  static List<DeviceRule> rules(SecuritySpec security) {
    List<DeviceRule> rules = new ArrayList<>();
    if (security.privileged()) {
      rules.add(DeviceRule.ALL);
      return rules;
    }
    for (DeviceRule rule : DEFAULT) {
      rules.add(rule);
    }
    for (DeviceSpec device : security.devices()) {
      Stat stat = node(device);
      rules.add(
          new DeviceRule(
              stat.type() == Stat.BLOCK_DEVICE ? 'b' : 'c',
              Integer.toUnsignedLong(stat.deviceMajor()),
              Integer.toUnsignedLong(stat.deviceMinor()),
              device.access()));
    }
    for (String rule : security.deviceRules()) {
      rules.add(parseRule(rule));
    }
    return rules;
  }

  /**
   * The host's node of a device.
   *
   * @throws NotFoundException if there is none
   * @throws UsageException if it is something else
   */
  static Stat node(DeviceSpec device) {
    Stat.Buffer buffer = new Stat.Buffer();
    if (FileCalls.tryStatx(Fd.CWD, RootMount.bytes(device.host()), 0, buffer) < 0) {
      throw new NotFoundException(
          "--device " + device.host(), "no such file on the host", "check the path");
    }
    Stat stat = buffer.toStat();
    if (stat.type() != Stat.BLOCK_DEVICE && stat.type() != Stat.CHARACTER_DEVICE) {
      throw new UsageException(
          "--device " + device.host(), "not a device", "a directory or file is mounted with -v");
    }
    return stat;
  }

  /**
   * Reads docker's {@code --device-cgroup-rule}, which is the kernel's own form.
   *
   * @throws UsageException if it is not
   */
  public static DeviceRule parseRule(String text) {
    int blank = text.indexOf(' ');
    int colon = text.indexOf(':');
    int last = text.lastIndexOf(' ');
    if (blank == 1 && colon > blank + 1 && last > colon + 1 && last < text.length() - 1) {
      try {
        return new DeviceRule(
            text.charAt(0),
            number(text.substring(2, colon)),
            number(text.substring(colon + 1, last)),
            text.substring(last + 1));
      } catch (IllegalArgumentException e) {
        // Said below: a number that is none is one of these, too.
      }
    }
    throw new UsageException(
        "--device-cgroup-rule " + text, "not a rule", "write it as \"c 13:* rwm\"");
  }

  private static long number(String text) {
    if (text.equals("*")) {
      return DeviceRule.ANY;
    }
    return Integer.parseUnsignedInt(text) & 0xffffffffL;
  }

  /** Whether the container may open nodes that it makes itself: then its cgroup guards alone. */
  static boolean mayOpenOwn(SecuritySpec security) {
    return security.privileged() || !security.deviceRules().isEmpty();
  }

  /** For a privileged container, every node below the host's {@code /dev}, except terminals'. */
  static List<DeviceSpec> all() {
    List<DeviceSpec> all = new ArrayList<>();
    collect("/dev", all, 0);
    return all;
  }

  private static void collect(String directory, List<DeviceSpec> into, int depth) {
    // Not into what else is mounted there: a container has terminals and queues of its own.
    int opened =
        FileCalls.tryOpenat2(
            Fd.CWD,
            RootMount.bytes(directory),
            Open.RDONLY | Open.DIRECTORY,
            0,
            depth == 0 ? 0 : Resolve.NO_XDEV | Resolve.NO_SYMLINKS);
    if (opened < 0) {
      return;
    }
    try (Fd open = Fd.of(opened)) {
      for (var entry : FileCalls.list(open)) {
        String path = directory + "/" + new String(entry.name(), StandardCharsets.UTF_8);
        Stat.Buffer buffer = new Stat.Buffer();
        if (FileCalls.tryStatx(open, entry.name(), At.SYMLINK_NOFOLLOW, buffer) < 0) {
          continue;
        }
        int type = buffer.toStat().type();
        if (type == Stat.DIRECTORY && depth < 4 && !isOwn(path)) {
          collect(path, into, depth + 1);
        } else if ((type == Stat.BLOCK_DEVICE || type == Stat.CHARACTER_DEVICE)
            && !isTerminal(path)) {
          into.add(new DeviceSpec(path, path, "rwm"));
        }
      }
    }
  }

  /** What the container has of its own. */
  private static boolean isOwn(String path) {
    return path.equals("/dev/pts")
        || path.equals("/dev/shm")
        || path.equals("/dev/mqueue")
        || path.equals("/dev/fd");
  }

  private static boolean isTerminal(String path) {
    return path.equals("/dev/console")
        || path.equals("/dev/ptmx")
        || path.equals("/dev/tty")
        || path.equals("/dev/null")
        || path.equals("/dev/zero")
        || path.equals("/dev/full")
        || path.equals("/dev/random")
        || path.equals("/dev/urandom");
  }
}
