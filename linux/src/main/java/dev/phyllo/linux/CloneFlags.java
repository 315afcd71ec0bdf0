package dev.phyllo.linux;

/** The namespaces a launched process gets of its own: flags of clone(2); see namespaces(7). */
public final class CloneFlags {
  /** CLONE_NEWNS: mounts. */
  public static final long NEWNS = 0x00020000L;

  /** CLONE_NEWCGROUP: the root of the cgroup tree it sees. */
  public static final long NEWCGROUP = 0x02000000L;

  /** CLONE_NEWUTS: host name. */
  public static final long NEWUTS = 0x04000000L;

  /** CLONE_NEWIPC: System V IPC and POSIX message queues. */
  public static final long NEWIPC = 0x08000000L;

  /** CLONE_NEWUSER: user and group ids, capabilities. */
  public static final long NEWUSER = 0x10000000L;

  /** CLONE_NEWPID: process ids; the child is number 1. */
  public static final long NEWPID = 0x20000000L;

  /** CLONE_NEWNET: network. */
  public static final long NEWNET = 0x40000000L;

  /** What every launch adds, and nobody else gives. */
  static final long VM = 0x00000100L;

  static final long PIDFD = 0x00001000L;
  static final long VFORK = 0x00004000L;
  static final long CLEAR_SIGHAND = 0x100000000L;
  static final long INTO_CGROUP = 0x200000000L;

  private CloneFlags() {}
}
