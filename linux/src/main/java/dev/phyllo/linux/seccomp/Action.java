package dev.phyllo.linux.seccomp;

/**
 * What becomes of a call: the value a filter returns, SECCOMP_RET of seccomp(2).
 *
 * @param value what the kernel is told, an error number in its low half
 */
record Action(int value) {
  static final Action ALLOW = new Action(0x7fff0000);
  static final Action LOG = new Action(0x7ffc0000);
  static final Action TRACE = new Action(0x7ff00000);
  static final Action TRAP = new Action(0x00030000);
  static final Action KILL_PROCESS = new Action(0x80000000);
  static final Action KILL_THREAD = new Action(0);

  private static final int ERRNO = 0x00050000;

  /** The call fails with this error, and nothing happens. */
  static Action errno(int number) {
    return new Action(ERRNO | number & 0xffff);
  }

  static Action trace(int data) {
    return new Action(TRACE.value | data & 0xffff);
  }
}
