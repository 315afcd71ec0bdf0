package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses and hashes a layer on another thread while its bytes go into the store, so that the
 * bytes whose diffID is verified are the bytes that are kept, and are read once.
 */
final class DiffIdHasher implements AutoCloseable {
  private static final byte[] END = new byte[0];
  private static final int QUEUED_CHUNKS = 16;

  private final String thing;
  private final ArrayBlockingQueue<byte[]> chunks = new ArrayBlockingQueue<>(QUEUED_CHUNKS);
  private final MessageDigest hash;
  private final Digest.Algorithm algorithm;
  private final Thread thread;
  private volatile @Nullable PhylloException failure;
  private volatile boolean done;

  /**
   * Starts with nothing hashed.
   *
   * @param thing the layer, for error messages
   * @param maxBytes how long it may be once decompressed
   */
  DiffIdHasher(String thing, Compression compression, Digest.Algorithm algorithm, long maxBytes) {
    this.thing = thing;
    this.algorithm = algorithm;
    this.hash = algorithm.newMessageDigest();
    this.thread =
        Thread.ofPlatform().daemon().name("diffid").start(() -> run(compression, maxBytes));
  }

  /** Takes the next compressed bytes. */
  void write(byte[] bytes, int offset, int length) {
    if (length > 0 && !done) {
      put(Arrays.copyOfRange(bytes, offset, offset + length));
    }
  }

  /**
   * The digest of everything, decompressed.
   *
   * @throws PhylloException if it cannot be decompressed
   */
  Digest finish() {
    put(END);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(thing, "interrupted", "", e);
    }
    PhylloException failed = failure;
    if (failed != null) {
      throw failed;
    }
    return Digest.of(algorithm, hash.digest());
  }

  /** Stops without a result. */
  @Override
  public void close() {
    done = true;
    chunks.clear();
    chunks.offer(END);
  }

  private void put(byte[] chunk) {
    try {
      // The other side may have failed and be gone: look again from time to time.
      boolean taken = false;
      while (!done && !taken) {
        taken = chunks.offer(chunk, 100, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(thing, "interrupted", "", e);
    }
  }

  private void run(Compression compression, long maxBytes) {
    byte[] buffer = new byte[1 << 17];
    long count = 0;
    try (InputStream in = compression.decompress(new Queued(), thing)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count += n;
        if (count > maxBytes) {
          throw new InvalidException(
              thing,
              "decompresses to more than the limit of " + maxBytes + " bytes",
              "if you trust it, allow more: PHYLLO_MAX_LAYER_BYTES");
        }
        hash.update(buffer, 0, n);
      }
    } catch (PhylloException e) {
      failure = e;
    } catch (IOException | RuntimeException e) {
      failure =
          new InvalidException(
              thing, "cannot be decompressed: " + e.getMessage(), ImageFile.MAKE_AGAIN, e);
    } finally {
      done = true;
    }
  }

  /** The chunks as a stream. */
  private final class Queued extends InputStream {
    private byte[] current = END;
    private int position;
    private boolean ended;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      if (len == 0) {
        return 0;
      }
      while (position == current.length) {
        if (ended) {
          return -1;
        }
        try {
          current = chunks.take();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted", e);
        }
        position = 0;
        ended = current.length == 0;
      }
      int n = Math.min(len, current.length - position);
      System.arraycopy(current, position, b, off, n);
      position += n;
      return n;
    }
  }
}
