package dev.phyllo.linux;

import dev.phyllo.oci.PhylloException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Making files as somebody else, without losing any power over them: setfsuid(2), setfsgid(2). To
 * the kernel these belong to a thread, as do capabilities.
 *
 * <p>On a mount with mapped owners ({@link Mounts#tryMapIds}) nobody can make a file who is not one
 * of its users, root included: the error is EOVERFLOW.
 */
public final class FileIdentity {
  private static final long VERSION_3 = 0x20080522;

  private FileIdentity() {}

  /**
   * Does something in a thread of its own, whose files belong to a user and a group.
   *
   * @return what it gives
   */
  public static <T> T as(long uid, long gid, Supplier<T> work) {
    Result<T> result = new Result<>();
    CallTrace told = Kernel.traceHere();
    Thread thread =
        Thread.ofPlatform()
            .name("files of " + uid)
            .start(() -> {
              long before = told == null ? 0 : told.handOver();
              try {
                become(uid, gid);
                result.value = work.get();
              } catch (RuntimeException e) {
                result.failure = e;
              } finally {
                if (told != null) {
                  told.handBack(before);
                }
              }
            });
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (result.failure != null) {
      throw result.failure;
    }
    T value = result.value;
    if (value == null) {
      throw new IllegalStateException("gave nothing");
    }
    return value;
  }

  private static final class Result<T> {
    private volatile @Nullable T value;
    private volatile @Nullable RuntimeException failure;
  }

  /**
   * This thread's files belong to them from now on. Leaving user 0 takes the capabilities over
   * files out of effect; they are put back.
   *
   * @throws PhylloException if this process may not
   */
  private static void become(long uid, long gid) {
    Kernel.call(Sys.SETFSGID, gid);
    Kernel.call(Sys.SETFSUID, uid);
    // They give back what was before, and no error.
    long group = Kernel.call(Sys.SETFSGID, gid);
    long user = Kernel.call(Sys.SETFSUID, uid);
    if (user != uid || group != gid) {
      throw Kernel.failure("setfsuid", uid + ":" + gid, Errno.EPERM);
    }
    Memory memory = Scratch.fresh();
    long header = memory.room(8);
    long sets = memory.room(24);
    memory.putLong(header, VERSION_3);
    Kernel.check(Kernel.ask(Sys.CAPGET, header, sets, 0, 0), "capget", "this thread");
    // Effective, permitted and inheritable, each below 32, then the same above.
    memory.putInt(sets, memory.getInt(sets + 4));
    memory.putInt(sets + 12, memory.getInt(sets + 16));
    Kernel.check(Kernel.call(Sys.CAPSET, header, sets), "capset", "this thread");
  }
}
