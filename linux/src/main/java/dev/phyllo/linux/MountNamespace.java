package dev.phyllo.linux;

/**
 * Mount namespaces of single threads: whoever mounts something only to look at it does so in one,
 * and all of it vanishes with the thread, however that ends.
 */
public final class MountNamespace {
  private MountNamespace() {}

  /**
   * Gives the calling thread a mount namespace of its own, from which nothing reaches the others;
   * unshare(2). To be called in a platform thread that ends when the namespace is no longer needed.
   */
  public static void unshareThread() {
    Kernel.check(Kernel.call(Sys.UNSHARE, CloneFlags.NEWNS), "unshare", "a mount namespace");
    int flags = MountFlags.MS_REC | MountFlags.MS_PRIVATE;
    Mounts.mount(null, Text.bytes("/"), null, flags, null);
  }
}
