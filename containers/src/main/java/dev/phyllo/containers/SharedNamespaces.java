package dev.phyllo.containers;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.At;
import dev.phyllo.linux.CloneFlags;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Rebirth;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.UnsupportedException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces that a container has from the host or from another container, while it starts.
 *
 * <p>Another container is known by its first process, held by its pidfd: whatever becomes of its
 * number, what is joined is that container's or nothing.
 */
final class SharedNamespaces {
  private final NamespaceSpec spec;
  private @Nullable Pidfd processes;
  private @Nullable Fd processesMounts;
  private @Nullable Fd ipc;
  private @Nullable Fd ipcMounts;

  private SharedNamespaces(NamespaceSpec spec) {
    this.spec = spec;
  }

  /**
   * What a container shows of what it shares, as mounts that are attached nowhere yet.
   *
   * @param memory its /dev/shm; null for one of its own
   * @param processes its /proc; null for one of its own
   */
  record Trees(@Nullable Arg memory, @Nullable Arg processes) {
    static final Trees NONE = new Trees(null, null);
  }

  /**
   * Opens what a start joins.
   *
   * @throws ConflictException if a container that it shares with does not run
   * @throws UnsupportedException if it cannot be had together with something else
   */
  static void acquire(Starting start) {
    ContainerSpec container = start.container().spec();
    NamespaceSpec spec = container.security().namespaces();
    start.at("the shared namespaces");
    String ipcPeer = NamespaceSpec.peer(spec.ipc());
    if (container.security().users().isPresent()) {
      throw new UnsupportedException(
          "--user-ns",
          "its root has no power over namespaces that are others'",
          "leave it out, or --pid, --ipc, --uts and --cgroupns");
    }
    boolean builtin = container.life().runtime().isEmpty();
    if (!builtin && !ipcPeer.isEmpty()) {
      throw new UnsupportedException(
          "--ipc " + spec.ipc(),
          "another runtime cannot be given the /dev/shm that goes with it",
          "leave --ipc or --runtime out");
    }
    if (!builtin) {
      return; // its bundle says it all
    }
    SharedNamespaces shared = new SharedNamespaces(spec);
    String pidPeer = NamespaceSpec.peer(spec.pid());
    if (!pidPeer.isEmpty()) {
      Pidfd peer = process(start, pidPeer);
      start.hold(peer.fd());
      shared.processes = peer;
      shared.processesMounts = namespace(start, peer, pidPeer, "mnt");
    }
    if (!ipcPeer.isEmpty()) {
      try (Pidfd peer = process(start, ipcPeer)) {
        shared.ipc = namespace(start, peer, ipcPeer, "ipc");
        shared.ipcMounts = namespace(start, peer, ipcPeer, "mnt");
      }
    }
    start.shared = shared;
  }

  private static Fd namespace(Starting start, Pidfd process, String id, String kind) {
    String path = "/proc/" + process.pid() + "/ns/" + kind;
    Fd opened = start.hold(FileCalls.open(path, Open.RDONLY));
    if (process.hasEnded()) { // then the number may be somebody else's
      throw notRunning(id);
    }
    return opened;
  }

  private static Pidfd process(Starting start, String id) {
    Path directory = start.directory().resolveSibling(id);
    Pidfd process = StateFile.process(StateFile.read(directory));
    if (process == null) {
      throw notRunning(id);
    }
    return process;
  }

  private static ConflictException notRunning(String id) {
    return new ConflictException(
        "container " + id.substring(0, Math.min(12, id.length())),
        "it does not run, so it has no namespaces to share",
        "start it first");
  }

  /** The namespaces that a process is cloned into, less those it shares. */
  static long own(NamespaceSpec spec, long flags) {
    long own = flags;
    own &= spec.pid().isEmpty() ? ~0L : ~CloneFlags.NEWPID;
    own &= spec.ipc().isEmpty() ? ~0L : ~CloneFlags.NEWIPC;
    own &= spec.hostUts() ? ~CloneFlags.NEWUTS : ~0L;
    return own;
  }

  /** Whether the process is born anew among another container's. */
  boolean isReborn() {
    return processes != null;
  }

  /** How it goes on among another container's processes; null if it has no need to. */
  @Nullable Rebirth rebirth() {
    return processes == null ? null : Rebirth.beside(processes);
  }

  /** The child's step that joins the other container's IPC. */
  void join(Plan.Builder plan) {
    if (ipc != null) {
      plan.setns(Arg.of(ipc), CloneFlags.NEWIPC);
    }
  }

  /**
   * The child's steps that open what it shares, while it is in the mounts that it was born with.
   *
   * @param nested whether it is in a user namespace, where nobody mounts a proc of the host's
   */
  Trees open(Plan.Builder plan, boolean nested) {
    Arg memory = null;
    if (ipcMounts != null) {
      memory = ofPeer(plan, ipcMounts, "/dev/shm", 0);
    } else if (!spec.ipc().isEmpty()) {
      memory = tree(plan, "/dev/shm", 0);
    }
    Arg proc = null;
    if (processesMounts != null) {
      proc = ofPeer(plan, processesMounts, "/proc", At.RECURSIVE);
    } else if (nested && !spec.pid().isEmpty()) {
      proc = tree(plan, "/proc", At.RECURSIVE);
    }
    return new Trees(memory, proc);
  }

  /** A mount can be copied only by who is in its namespace (open_tree(2)). */
  private static Arg ofPeer(Plan.Builder plan, Fd mounts, String path, int flags) {
    Arg mine = plan.openat2(Arg.CWD, RootMount.bytes("/proc/self/ns/mnt"), Open.RDONLY, 0, 0);
    plan.setns(Arg.of(mounts), CloneFlags.NEWNS);
    Arg tree = tree(plan, path, flags);
    plan.setns(mine, CloneFlags.NEWNS);
    return tree;
  }

  private static Arg tree(Plan.Builder plan, String path, int flags) {
    return plan.openTree(Arg.CWD, RootMount.bytes(path), MountFlags.OPEN_TREE_CLONE | flags);
  }
}
