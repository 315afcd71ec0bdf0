package dev.phyllo.containers;

import dev.phyllo.linux.Arg;
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
  private static final byte[] SHARED_MEMORY = RootMount.bytes("/dev/shm");

  private final NamespaceSpec spec;
  private final @Nullable Pidfd processes;
  private final @Nullable Fd ipc;
  private final @Nullable Fd mounts;

  private SharedNamespaces(
      NamespaceSpec spec, @Nullable Pidfd processes, @Nullable Fd ipc, @Nullable Fd mounts) {
    this.spec = spec;
    this.processes = processes;
    this.ipc = ipc;
    this.mounts = mounts;
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
    String pidPeer = NamespaceSpec.peer(spec.pid());
    Pidfd processes = pidPeer.isEmpty() ? null : peer(start, pidPeer);
    Fd ipc = null;
    Fd mounts = null;
    if (!ipcPeer.isEmpty()) {
      try (Pidfd peer = process(start, ipcPeer)) {
        ipc = namespace(start, peer, "ipc");
        mounts = namespace(start, peer, "mnt");
        if (peer.hasEnded()) { // then the number may be somebody else's
          throw notRunning(ipcPeer);
        }
      }
    }
    start.shared = new SharedNamespaces(spec, processes, ipc, mounts);
  }

  private static Fd namespace(Starting start, Pidfd process, String kind) {
    return start.hold(FileCalls.open("/proc/" + process.pid() + "/ns/" + kind, Open.RDONLY));
  }

  private static Pidfd peer(Starting start, String id) {
    Pidfd process = process(start, id);
    start.hold(process.fd());
    return process;
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

  /**
   * The child's steps that join the other container's IPC, and see to it that a proc mounted from
   * here on shows the other's processes.
   */
  void join(Plan.Builder plan) {
    if (processes != null) {
      plan.setns(Arg.of(processes.fd()), CloneFlags.NEWPID);
    }
    if (ipc != null) {
      plan.setns(Arg.of(ipc), CloneFlags.NEWIPC);
    }
  }

  /**
   * The child's steps that open the /dev/shm it shares, as a detached mount; while the child is in
   * the mounts that it was born with. Null if it has its own.
   */
  @Nullable Arg sharedMemory(Plan.Builder plan) {
    if (spec.ipc().equals(NamespaceSpec.HOST)) {
      return plan.openTree(Arg.CWD, SHARED_MEMORY, MountFlags.OPEN_TREE_CLONE);
    }
    if (mounts == null) {
      return null;
    }
    // A mount can be copied only by who is in its namespace (open_tree(2)).
    Arg mine = plan.openat2(Arg.CWD, RootMount.bytes("/proc/self/ns/mnt"), Open.RDONLY, 0, 0);
    plan.setns(Arg.of(mounts), CloneFlags.NEWNS);
    Arg shm = plan.openTree(Arg.CWD, SHARED_MEMORY, MountFlags.OPEN_TREE_CLONE);
    plan.setns(mine, CloneFlags.NEWNS);
    return shm;
  }
}
