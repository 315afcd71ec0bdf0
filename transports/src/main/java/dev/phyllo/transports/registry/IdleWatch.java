package dev.phyllo.transports.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends bodies that do not go on: the JDK's client has no time limit on reading them, and a server
 * that falls silent would hold a pull for ever.
 */
final class IdleWatch implements AutoCloseable {
  private final long patienceNanos;
  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private boolean started; // guarded by this

  IdleWatch(Duration patience) {
    this.patienceNanos = patience.toNanos();
  }

  /** The same stream; a read that waits longer than the patience fails. */
  InputStream watch(InputStream in) {
    start();
    Watched stream = new Watched(in);
    watched.add(stream);
    return stream;
  }

  private synchronized void start() {
    if (!started) {
      started = true;
      Thread.ofVirtual().name("registry-idle").start(this::run);
    }
  }

  private void run() {
    long pauseMillis = Math.clamp(patienceNanos / 1_000_000 / 4, 10, 1000);
    while (!closed) {
      try {
        Thread.sleep(pauseMillis);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
      long now = System.nanoTime();
      for (Watched stream : watched) {
        long since = stream.readingSince;
        if (since != 0 && now - since > patienceNanos) {
          stream.expire();
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class Watched extends FilterInputStream {
    private volatile long readingSince;
    private volatile boolean expired;

    Watched(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      readingSince = System.nanoTime() | 1;
      try {
        int n = in.read(b, off, len);
        if (expired) {
          throw silent();
        }
        return n;
      } catch (IOException e) {
        throw expired ? silent() : e;
      } finally {
        readingSince = 0;
      }
    }

    private void expire() {
      expired = true;
      watched.remove(this);
      try {
        in.close();
      } catch (IOException _) {
        // It is given up.
      }
    }

    private IOException silent() {
      return new IOException(
          "the server has been silent for " + patienceNanos / 1_000_000_000L + " seconds");
    }

    @Override
    public void close() throws IOException {
      watched.remove(this);
      super.close();
    }
  }
}
