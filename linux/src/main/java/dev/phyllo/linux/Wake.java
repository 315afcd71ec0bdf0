package dev.phyllo.linux;

/** A way for one thread to wake another that waits for descriptors: a pipe. */
public final class Wake implements AutoCloseable {
  private final Fd[] pipe;

  private Wake(Fd[] pipe) {
    this.pipe = pipe;
  }

  /** Asleep. */
  public static Wake open() {
    return new Wake(FileData.pipe(Open.NONBLOCK));
  }

  /** Readable when woken. */
  public Fd fd() {
    return pipe[0];
  }

  /** Wakes whoever waits, or is about to. */
  public void up() {
    byte[] one = new byte[1];
    FileData.tryWrite(pipe[1], one, 0, 1);
  }

  /** Forgets that it was woken. */
  public void clear() {
    Memory memory = Scratch.large();
    long at = memory.room(256);
    while (Kernel.call(Sys.READ, pipe[0].number(), at, 256) == 256) {
      // There may be more.
    }
  }

  @Override
  public void close() {
    pipe[0].close();
    pipe[1].close();
  }
}
