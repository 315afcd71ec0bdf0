package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;

/** Tells a listener the system calls of this process; see {@link Linux#trace}. */
final class CallTrace {
  private final StepListener steps;
  private final FdNames names = new FdNames();

  /** Whoever works beside it, for somebody else, is not told of. */
  private volatile long thread = Thread.currentThread().threadId();

  CallTrace(StepListener steps) {
    this.steps = steps;
  }

  /** This thread goes on with the work; gives back which one did it before. */
  long handOver() {
    long before = thread;
    thread = Thread.currentThread().threadId();
    return before;
  }

  /** That one goes on again. */
  void handBack(long before) {
    thread = before;
  }

  boolean isOf(Thread other) {
    return thread == other.threadId();
  }

  FdNames names() {
    return names;
  }

  /**
   * A call has returned.
   *
   * @param nr its number
   * @param arguments all six, used or not
   * @param result a value or a negative error number
   * @param nanos how long it took
   */
  synchronized void called(int nr, long[] arguments, long result, long nanos) {
    if (Thread.currentThread().threadId() != thread) {
      return;
    }
    Memory memory = Scratch.current();
    steps.done(SyscallText.step("", nr, arguments, result, nanos, memory, names));
  }
}
