package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a process writes, read from two pipes into two streams by a thread each. A stream that fails
 * keeps nobody waiting: the rest is read and dropped, and {@link #join} says why.
 */
final class Capture implements AutoCloseable {
  private static final int BUFFER = 8 << 10;

  private final OutputStream[] streams;
  private final List<Fd[]> pipes = new ArrayList<>();
  private final List<Thread> readers = new ArrayList<>();
  private volatile @Nullable Exception failure;

  /**
   * Prepares the pipes.
   *
   * @param out gets standard output; is flushed at its end, not closed
   * @param err gets standard error; from another thread, so of one stream for both, the order of
   *     what comes close together is not known
   */
  Capture(OutputStream out, OutputStream err) {
    streams = new OutputStream[] {out, err};
    for (int i = 0; i < streams.length; i++) {
      pipes.add(FileData.pipe(0));
    }
  }

  /** What is to be started gets the other ends. */
  void connect(Starting start) {
    start.out = pipes.get(0)[1];
    start.err = pipes.get(1)[1];
  }

  /** It has been started: only the process has these ends now. */
  void begin() {
    for (int i = 0; i < streams.length; i++) {
      pipes.get(i)[1].close();
      Fd from = pipes.get(i)[0];
      OutputStream to = streams[i];
      readers.add(Thread.ofPlatform().daemon().name("output").start(() -> copy(from, to)));
    }
  }

  private void copy(Fd from, OutputStream to) {
    byte[] buffer = new byte[BUFFER];
    boolean good = true;
    try (from) {
      for (int n = FileData.tryRead(from, buffer, 0, BUFFER);
          n > 0;
          n = FileData.tryRead(from, buffer, 0, BUFFER)) {
        good = good && write(to, buffer, n);
      }
    }
    if (good) {
      write(to, buffer, 0);
    }
  }

  private boolean write(OutputStream to, byte[] buffer, int length) {
    try {
      to.write(buffer, 0, length);
      if (length == 0) {
        to.flush();
      }
      return true;
    } catch (IOException | RuntimeException e) {
      failure = e;
      return false;
    }
  }

  /**
   * Waits until all that was written is in the streams; the process has ended.
   *
   * @throws SystemException if a stream took not all
   */
  void join() {
    await();
    Exception e = failure;
    if (e instanceof RuntimeException mine) {
      throw mine;
    }
    if (e != null) {
      throw new SystemException(
          "the output", "a stream takes no more: " + e, "the container has run to its end", e);
    }
  }

  /** Waits until nobody can write any more and all is in the streams. */
  void await() {
    boolean interrupted = false;
    for (Thread reader : readers) {
      while (reader.isAlive()) {
        try {
          reader.join();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a reader reads, it closes. */
  @Override
  public void close() {
    if (readers.isEmpty()) {
      for (Fd[] pipe : pipes) {
        pipe[0].close();
        pipe[1].close();
      }
    }
  }
}
