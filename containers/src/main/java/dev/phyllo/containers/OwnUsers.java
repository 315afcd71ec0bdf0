package dev.phyllo.containers;

import dev.phyllo.linux.CloneFlags;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.NetworkNamespace;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Rendezvous;
import dev.phyllo.linux.ResourceLimits;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.MappedMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A container's own user namespace while it starts; user_namespaces(7).
 *
 * <p>Its process is born in the namespace and waits, while this maps its ids and does for it what
 * only the machine's root may. All its other namespaces are born with it, so they belong to it. It
 * is then still the host's root as far as files go, without any power over them; with that it joins
 * its cgroup and attaches its root, and becomes root of its own.
 *
 * <p>Files belong inside to whom they belong on disk ({@link MappedMount}); those of the host that
 * are bound without {@code idmap} do not, and show as nobody's.
 */
final class OwnUsers implements AutoCloseable {
  private final IdMaps maps;
  private final Fd namespace;
  private final Starting start;
  private final Rendezvous birth;
  private Runnable atBirth = () -> {};
  private volatile int pid;

  private OwnUsers(IdMaps maps, Fd namespace, Starting start) {
    this.maps = maps;
    this.namespace = namespace;
    this.start = start;
    birth = new Rendezvous((_, pidfd) -> born(Pidfd.numberOf(pidfd)));
  }

  /** What a start needs, for a container that has such a namespace; null if it has the host's. */
  static void acquire(Starting start) {
    Container c = start.container();
    UserSpec spec = c.spec().security().users().orElseThrow();
    start.at("the user namespace");
    if (UserNamespace.current().isNested()) {
      throw new UnsupportedException(
          "--user-ns",
          "the kernel shows an image's files as another's for the machine's root alone",
          "run it as root, or leave it out: an ordinary user's containers have a user namespace"
              + " anyway");
    }
    if (c.spec().network().mode() == Network.CONTAINER) {
      throw new UnsupportedException(
          "--network " + c.spec().network().modeText().substring(0, "container:".length() + 12),
          "that network belongs to other users than --user-ns gives",
          "leave one of both out, or connect both containers to one network");
    }
    IdMaps maps = UserRanges.acquire(spec, start.directory(), !c.ephemeral());
    Fd namespace = start.hold(maps.namespace(start.steps()));
    start.ids = maps;
    start.users = new OwnUsers(maps, namespace, start);
  }

  IdMaps maps() {
    return maps;
  }

  /** A user namespace with the same maps, to show owners by. */
  Fd namespace() {
    return namespace;
  }

  /** Shows what a detached mount has as it is on disk. */
  void map(Fd tree, String thing) {
    MappedMount.map(tree, namespace, thing);
  }

  /**
   * Does something more when the process is there, and its ids are mapped, but before its steps.
   */
  void atBirth(Runnable work) {
    atBirth = work;
  }

  /** The number of the process as the host has it, once it is born. */
  int pid() {
    return pid;
  }

  private void born(int number) {
    pid = number;
    StartFaults.before("the ids");
    maps.apply(number);
    ResourceSpec resources = start.container().spec().resources();
    for (Ulimit limit : resources.ulimits()) {
      ResourceLimits.setOf(number, limit.name(), limit.soft(), limit.hard());
    }
    if (resources.oomScoreAdj() != 0) {
      Path file = Path.of("/proc/" + number + "/oom_score_adj");
      try {
        byte[] text = Integer.toString(resources.oomScoreAdj()).getBytes(StandardCharsets.US_ASCII);
        Files.write(file, text, StandardOpenOption.WRITE);
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
    }
    atBirth.run();
    StartFaults.after("the ids");
  }

  /** The child's first steps. */
  void begin(Plan.Builder plan) {
    plan.part("its ids are mapped from outside");
    plan.meetAtBirth(birth);
    if (start.container().spec().network().mode() == Network.CONNECTED) {
      NetworkNamespace.prepare(plan);
    }
  }

  /** From here on it is its own root and no longer the host's, with all power over its own. */
  static void become(Plan.Builder plan) {
    plan.part("it becomes root of its own user namespace, and nobody on the host");
    plan.setgroups(List.of());
    plan.setgid(0);
    plan.setuid(0);
  }

  /** What a child is cloned with more. */
  static long namespaces() {
    return CloneFlags.NEWUSER;
  }

  /**
   * Where the root is attached for a moment: the place itself, or as far on the way there as the
   * host's root gets without power over others' directories.
   */
  static Path reachable(Path place) {
    Path at = place.getRoot();
    for (Path name : place) {
      if (at == null) {
        break;
      }
      Stat stat = FileCalls.statx(Fd.CWD, RootMount.bytes(at.toString()), 0);
      if (stat.uid() != 0 && (stat.permissions() & 1) == 0) {
        return at;
      }
      at = at.resolve(name);
    }
    return place;
  }

  @Override
  public void close() {
    birth.close();
  }
}
