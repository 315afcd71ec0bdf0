package dev.phyllo.linux;

import org.jspecify.annotations.Nullable;

/**
 * The memory through which a thread passes names and structures to the kernel: one block a thread,
 * started over by each call, so that the thousands of calls of an unpack allocate nothing.
 */
final class Scratch {
  /** Two paths of PATH_MAX, a name and a structure fit. */
  private static final int SMALL = 16 << 10;

  /** Values of extended attributes are at most 64 KiB (xattr(7)); listings use the same block. */
  static final int LARGE = 64 << 10;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private final Memory small = new Memory(SMALL);
  private @Nullable Memory large;

  private Scratch() {}

  /** The calling thread's small block, emptied. */
  static Memory fresh() {
    Memory memory = OF_THREAD.get().small;
    memory.reset();
    return memory;
  }

  /** The calling thread's small block with what is in it: for decoding. */
  static Memory current() {
    return OF_THREAD.get().small;
  }

  /** The calling thread's block for values, listings and data, emptied. */
  static Memory large() {
    Scratch scratch = OF_THREAD.get();
    Memory memory = scratch.large;
    if (memory == null) {
      memory = new Memory(LARGE);
      scratch.large = memory;
    }
    memory.reset();
    return memory;
  }
}
