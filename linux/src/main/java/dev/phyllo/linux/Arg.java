package dev.phyllo.linux;

import java.util.List;

/** An argument of a step of a {@link Plan}: a number, something in memory, or an earlier result. */
public sealed interface Arg {
  /** The number 0, and the null pointer. */
  Arg NONE = new Value(0);

  /** AT_FDCWD. */
  Arg CWD = new Value(-100);

  /** A number as it is. */
  record Value(long value) implements Arg {}

  /** What an earlier step of the same plan returned, such as a descriptor it opened. */
  record Result(int step) implements Arg {}

  /** A pointer to these bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Bytes(byte[] bytes) implements Arg {}

  /** A pointer to an array of pointers to strings, NULL at its end: argv and envp of execve(2). */
  record Strings(List<byte[]> strings) implements Arg {}

  /** A pointer to a struct sock_fprog with these instructions; seccomp(2). */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Filter(byte[] program) implements Arg {}

  /** A number. */
  static Arg of(long value) {
    return value == 0 ? NONE : new Value(value);
  }

  /** A descriptor of the launching process; the child has it under the same number. */
  static Arg of(Fd fd) {
    return new Value(fd.number());
  }

  /** A pointer to a string: the text in UTF-8 with a NUL after it. */
  static Arg of(String text) {
    return path(Text.bytes(text));
  }

  /**
   * A pointer to a string.
   *
   * @param bytes without the NUL
   * @throws dev.phyllo.oci.InvalidException if there is a NUL in it
   */
  static Arg path(byte[] bytes) {
    return new Bytes(Text.terminated(bytes));
  }
}
