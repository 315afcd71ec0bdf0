package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;

/** Whether this machine can be asked anything, and leaving it. */
public final class Linux {
  private Linux() {}

  /**
   * Whether system calls can be made: Linux on x86-64 or aarch64 with the native entry in place.
   * Loads it.
   */
  public static boolean isSupported() {
    return NativeEntry.isAvailable();
  }

  /**
   * Returns if {@link #isSupported()}.
   *
   * @throws dev.phyllo.oci.UnsupportedException on another system or architecture
   * @throws dev.phyllo.oci.SystemException if the native entry cannot be loaded
   */
  public static void require() {
    NativeEntry.require();
  }

  /**
   * Ends the process at once; exit_group(2). Standard output and error are flushed, shutdown hooks
   * are not run: a thread that is blocked in the kernel would hold up an orderly exit by a third of
   * a second.
   */
  public static void exit(int status) {
    System.out.flush();
    System.err.flush();
    if (isSupported()) {
      Kernel.call(Sys.EXIT_GROUP, status);
    }
    Runtime.getRuntime().halt(status);
  }

  /**
   * Tells a listener each system call this process makes, as a {@link SyscallStep}, until the
   * result is closed. For explaining a launch; it is one listener for the whole process.
   *
   * @param steps not called at all if it does not listen
   */
  public static Tracing trace(StepListener steps) {
    if (steps.isListening()) {
      Kernel.trace(new CallTrace(steps));
    }
    return () -> Kernel.trace(null);
  }

  /** While it is open, calls are told. */
  @FunctionalInterface
  public interface Tracing extends AutoCloseable {
    @Override
    void close();
  }
}
