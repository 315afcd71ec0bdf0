package dev.phyllo.linux.cgroup;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Signals;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The cgroup of a container: the kernel's name for all of its processes together, by which they are
 * limited, counted, frozen and killed; cgroups(7).
 *
 * <p>With version 1 it is a directory {@code phyllo/ID} in each controller's hierarchy, below the
 * cgroup that the engine itself is in. With version 2 it is one directory; since a cgroup there
 * either has processes or divides what it has, it is below the top of the tree, for a user other
 * than root below the part that was delegated to him.
 *
 * <p>An object of this class is a name only: nothing is open, nothing happens when it is forgotten.
 */
public abstract sealed class Cgroup permits CgroupV1, CgroupV2 {
  /** The directory that the cgroups of all containers are in. */
  static final String PARENT = "phyllo";

  /** How long something that the kernel does in milliseconds may take, in nanoseconds. */
  static final long PATIENCE = 10_000_000_000L;

  Cgroup() {}

  /**
   * Makes the cgroup of a container, and sets its limits.
   *
   * @param id the container's
   * @return empty if this machine or this user has none and none of the limits needs one
   * @throws UnsupportedException if a limit cannot be had here
   * @throws SystemException if the kernel refuses a limit
   */
  public static Optional<Cgroup> create(String id, CgroupLimits limits) {
    return create(CgroupMounts.current(), id, limits);
  }

  static Optional<Cgroup> create(CgroupMounts mounts, String id, CgroupLimits limits) {
    checkName(id);
    Cgroup made =
        mounts.isVersion1() ? CgroupV1.make(mounts, id, limits) : CgroupV2.make(mounts, id);
    if (made == null) {
      if (limits.isAsked()) {
        throw new UnsupportedException(
            "limits of memory, processors or processes",
            "this user has no cgroup of his own",
            mounts.isVersion1()
                ? "run as root; version 1 of cgroups cannot be delegated safely"
                : "run by systemd-run --user --scope -p Delegate=yes, or as root");
      }
      return Optional.empty();
    }
    boolean whole = false;
    try {
      made.limit(limits);
      whole = true;
    } finally {
      if (!whole) {
        made.remove();
      }
    }
    return Optional.of(made);
  }

  /** The cgroup of a container, made by whichever process of this user; empty if there is none. */
  public static Optional<Cgroup> find(String id) {
    return find(CgroupMounts.current(), id);
  }

  static Optional<Cgroup> find(CgroupMounts mounts, String id) {
    checkName(id);
    Cgroup found =
        mounts.isVersion1() ? CgroupV1.existing(mounts, id) : CgroupV2.existing(mounts, id);
    return Optional.ofNullable(found);
  }

  /**
   * The cgroup at the {@link #place} that one once had, whether or not it is still there; for
   * engines that may run in different cgroups themselves.
   */
  public static Cgroup at(String place) {
    return place.startsWith("2:") ? CgroupV2.of(place.substring(2)) : CgroupV1.of(place);
  }

  private static void checkName(String id) {
    if (id.isEmpty() || id.indexOf('/') >= 0 || id.indexOf('\n') >= 0 || id.startsWith(".")) {
      throw new IllegalArgumentException("not the name of a cgroup: " + id);
    }
  }

  /** What {@link #at} finds it again by. */
  public abstract String place();

  /**
   * Lets the child of a plan be in it: to be called before anything in the plan hides the host's
   * files or gives up rights. Moving another process waits for a grace period of the kernel's, some
   * 7 ms; a child that moves itself, or is born there, does not.
   *
   * @param held gets what has to stay open until the launch
   */
  public abstract void join(Plan.Builder plan, List<Fd> held);

  /** Moves a process that runs already. */
  public abstract void add(int pid);

  /** Sets what is given of the limits, and leaves the others. */
  public abstract void limit(CgroupLimits limits);

  /** Stops all processes, and returns when they are. */
  public abstract void freeze();

  /** Lets them go on. */
  public abstract void thaw();

  /** Whether they are stopped, or about to be. */
  public abstract boolean isFrozen();

  /** The processes, of cgroups below it too. */
  public abstract List<Integer> pids();

  /** What it has used. */
  public abstract CgroupStats stats();

  /** How many of its processes were killed because memory was out. */
  public abstract long oomKills();

  /**
   * What {@code /sys/fs/cgroup} has in a container: directories of this cgroup by the name below,
   * which with version 1 is a controller's and with version 2 is empty.
   */
  public abstract Map<String, String> view();

  /** Removes it; whoever is still in it is killed first. */
  public void end() {
    boolean busy = false;
    for (String directory : directories()) {
      busy |= CgroupFiles.removeDirectory(directory) == -Errno.EBUSY;
    }
    if (busy) {
      kill();
      remove();
    }
  }

  /** Every directory of it, one a hierarchy. */
  abstract List<String> directories();

  /** Kills at once if the kernel has a way; otherwise false. */
  abstract boolean killAtOnce();

  /**
   * Kills all processes, and returns when none is left.
   *
   * @throws SystemException if some do not go within ten seconds
   */
  public void kill() {
    long end = System.nanoTime() + PATIENCE;
    boolean said = killAtOnce();
    for (int pause = 1; ; pause = Math.min(2 * pause, 50)) {
      List<Integer> left = pids();
      if (left.isEmpty()) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new SystemException(
            "the processes " + left, "still there ten seconds after SIGKILL", "", Errno.EBUSY);
      }
      if (!said) {
        for (int pid : left) {
          Signals.send(pid, Signals.KILL);
        }
        if (isFrozen()) {
          thaw();
        }
      }
      sleep(pause);
    }
  }

  /**
   * Removes it, and those that its processes made below it; one that is not there any more is no
   * error.
   *
   * @throws SystemException if processes are still in it
   */
  public void remove() {
    SystemException failure = null;
    long end = System.nanoTime() + PATIENCE / 5;
    for (String directory : directories()) {
      SystemException here = remove(directory, end);
      failure = failure == null ? here : failure;
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** A process that has just ended may be counted for a moment longer. */
  private static @Nullable SystemException remove(String directory, long end) {
    for (int pause = 1; ; pause = Math.min(2 * pause, 50)) {
      int result = CgroupFiles.removeDirectory(directory);
      if (result == 0 || result == -Errno.ENOENT) {
        return null;
      }
      if (result != -Errno.EBUSY || System.nanoTime() > end) {
        return CgroupFiles.failure(directory, "rmdir", -result);
      }
      for (String child : CgroupFiles.children(directory)) {
        removeTree(directory + "/" + child, 0);
      }
      sleep(pause);
    }
  }

  private static void removeTree(String directory, int depth) {
    if (CgroupFiles.removeDirectory(directory) == -Errno.EBUSY && depth < 64) {
      for (String child : CgroupFiles.children(directory)) {
        removeTree(directory + "/" + child, depth + 1);
      }
      int _ = CgroupFiles.removeDirectory(directory);
    }
  }

  static void addTree(String directory, String file, List<Integer> into, int depth) {
    into.addAll(CgroupFiles.numbers(directory + "/" + file));
    if (depth < 64) {
      for (String child : CgroupFiles.children(directory)) {
        addTree(directory + "/" + child, file, into, depth + 1);
      }
    }
  }

  static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static UnsupportedException noController(String limit, String controller, String why) {
    return new UnsupportedException(
        limit, "there is no " + controller + " controller: " + why, "leave the limit out");
  }
}
