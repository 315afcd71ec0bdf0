package dev.phyllo.engine;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;

/** Reads and passes on what is typed, on a thread of its own: both may wait for ever. */
final class AttachedInput {
  private static final int CHUNK = 4096;

  private final Fd to;
  private final DetachKeys keys;
  private final Runnable atEnd;
  private final Fd[] detached = FileData.pipe(0);

  /**
   * @param to where it goes; closed at the end of standard input
   * @param atEnd what is done then
   */
  AttachedInput(Fd to, DetachKeys keys, Runnable atEnd) {
    this.to = to;
    this.keys = keys;
    this.atEnd = atEnd;
  }

  /** Readable when the user has detached. */
  Fd detached() {
    return detached[0];
  }

  void start() {
    Thread thread = new Thread(this::copy, "input");
    thread.setDaemon(true);
    thread.start();
  }

  private void copy() {
    byte[] chunk = new byte[CHUNK];
    DetachKeys.Scan scan = keys.scan();
    int got = FileData.tryRead(Fd.STDIN, chunk, 0, CHUNK);
    while (got > 0) {
      byte[] passed = scan.next(chunk, got);
      if (FileData.tryWrite(to, passed, 0, passed.length) < 0) {
        return;
      }
      if (scan.isComplete()) {
        FileData.tryWrite(detached[1], new byte[1], 0, 1);
        return;
      }
      got = FileData.tryRead(Fd.STDIN, chunk, 0, CHUNK);
    }
    to.close();
    atEnd.run();
  }
}
