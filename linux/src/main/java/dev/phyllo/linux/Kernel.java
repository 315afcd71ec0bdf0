package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;
import org.jspecify.annotations.Nullable;

/** System calls of this process, and the place where they can be listened to. */
final class Kernel {
  /** Hears each call when {@code --explain} asks for it; see {@link Linux#trace}. */
  private static volatile @Nullable CallTrace trace;

  static {
    NativeEntry.require();
  }

  private Kernel() {}

  static void trace(@Nullable CallTrace listener) {
    trace = listener;
  }

  /** Who hears calls, if those of this thread are told. */
  static @Nullable CallTrace traceHere() {
    CallTrace listener = trace;
    return listener != null && listener.isOf(Thread.currentThread()) ? listener : null;
  }

  /** What is known of descriptors, for whoever explains what a child does with them. */
  static FdNames fdNames() {
    CallTrace listener = trace;
    return listener == null ? new FdNames() : new FdNames(listener.names());
  }

  static long call(int nr) {
    return call(nr, 0, 0, 0, 0, 0, 0);
  }

  static long call(int nr, long a1) {
    return call(nr, a1, 0, 0, 0, 0, 0);
  }

  static long call(int nr, long a1, long a2) {
    return call(nr, a1, a2, 0, 0, 0, 0);
  }

  static long call(int nr, long a1, long a2, long a3) {
    return call(nr, a1, a2, a3, 0, 0, 0);
  }

  static long call(int nr, long a1, long a2, long a3, long a4) {
    return call(nr, a1, a2, a3, a4, 0, 0);
  }

  static long call(int nr, long a1, long a2, long a3, long a4, long a5) {
    return call(nr, a1, a2, a3, a4, a5, 0);
  }

  /** The kernel's answer: a value, or a negative error number. */
  static long call(int nr, long a1, long a2, long a3, long a4, long a5, long a6) {
    CallTrace listener = trace;
    if (listener == null) {
      return NativeEntry.call(NativeEntry.SYSCALL, nr, a1, a2, a3, a4, a5, a6);
    }
    long start = System.nanoTime();
    long result = NativeEntry.call(NativeEntry.SYSCALL, nr, a1, a2, a3, a4, a5, a6);
    listener.called(nr, new long[] {a1, a2, a3, a4, a5, a6}, result, System.nanoTime() - start);
    return result;
  }

  /** A call that nobody is told of: questions to ourselves, which change nothing. */
  static long ask(int nr, long a1, long a2, long a3, long a4) {
    return NativeEntry.call(NativeEntry.SYSCALL, nr, a1, a2, a3, a4, 0, 0);
  }

  /** Passes a good result through and turns a negative one into an error. */
  static long check(long result, String call, String thing) {
    if (result < 0) {
      throw failure(call, thing, (int) -result);
    }
    return result;
  }

  /** The error of a call, as in "usr/bin: mkdirat: ENOSPC (No space left on device)". */
  static SystemException failure(String call, String thing, int errno) {
    return new SystemException(thing, call + ": " + Errno.describe(errno), remedy(errno), errno);
  }

  /** What can be done about an error number whatever the call was; empty for nothing. */
  static String remedy(int errno) {
    return switch (errno) {
      case Errno.ENOSPC -> "free space or inodes on that file system";
      case Errno.EMFILE -> "raise the limit of open files (ulimit -n)";
      case Errno.ENOSYS ->
          "use Linux 5.12 or newer, and let no filter of system calls (seccomp) stand in the way";
      default -> "";
    };
  }
}
