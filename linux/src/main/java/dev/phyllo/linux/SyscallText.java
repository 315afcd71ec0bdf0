package dev.phyllo.linux;

import java.util.List;

/** System calls as text. */
final class SyscallText {
  private SyscallText() {}

  static SyscallStep step(
      int nr, long[] arguments, long result, long nanos, Memory memory, String note) {
    return new SyscallStep(note, "syscall_" + nr, List.of(), result, nanos);
  }
}
