package dev.phyllo.linux;

/** Hears the system calls of this process; see {@link Linux#trace}. */
interface CallTrace {
  /**
   * A call has returned.
   *
   * @param nr its number
   * @param arguments all six, used or not
   * @param result a value or a negative error number
   * @param nanos how long it took
   */
  void called(int nr, long[] arguments, long result, long nanos);
}
