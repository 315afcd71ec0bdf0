package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.Work;
import dev.phyllo.store.Batch;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Partial;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;

/**
 * Brings an image from a source into a content store, several blobs at once, while whoever wants to
 * can already work on those that are there.
 *
 * <p>{@link #begin} reads the documents and says what will come; the blobs come in the order in
 * which they are needed, base layers first. Each is hashed while it is written. What has arrived
 * stays when the connection, the disk or the process fails: the next attempt goes on from the byte
 * it came to. What the store has is not asked for.
 */
public final class ImageFetch implements AutoCloseable {
  private static final int BUFFER = 128 << 10;

  /**
   * An image that is brought.
   *
   * @param descriptor its manifest's
   * @param manifest its manifest
   * @param config its config
   */
  public record Incoming(Descriptor descriptor, Manifest manifest, ImageConfig config) {}

  private final ImageSource source;
  private final FetchOptions options;
  private final StepListener steps;
  private final Batch batch;
  private final FetchPlan plan;

  private final Map<Digest, CompletableFuture<Void>> arrivals = new LinkedHashMap<>();
  private final Queue<Descriptor> waiting = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;
  private volatile boolean finished;

  private ImageFetch(
      ImageSource source, ContentStore content, FetchOptions options, StepListener steps) {
    this.source = source;
    this.options = options;
    this.steps = steps;
    this.batch = content.batch();
    boolean planned = false;
    try {
      this.plan = new FetchPlan(source, content, options, batch);
      planned = true;
    } finally {
      if (!planned) {
        batch.close();
      }
    }
  }

  /**
   * Reads the documents of an image and begins to bring its blobs.
   *
   * @param content where to; under a lease, if anyone may collect garbage meanwhile
   * @throws UnsupportedException if it is no image, has none for the platform, or a layer of it is
   *     a foreign one
   */
  public static ImageFetch begin(
      ImageSource source, ContentStore content, FetchOptions options, StepListener steps) {
    ImageFetch fetch = new ImageFetch(source, content, options, steps);
    boolean begun = false;
    try {
      fetch.start();
      begun = true;
      return fetch;
    } finally {
      if (!begun) {
        fetch.close();
      }
    }
  }

  /** The images, one unless all platforms are brought. */
  public List<Incoming> images() {
    return plan.images();
  }

  /** What names the whole: the one image's manifest, or the index if all platforms are brought. */
  public Descriptor target() {
    return plan.target();
  }

  private void start() {
    for (Descriptor blob : plan.blobs()) {
      arrivals.put(blob.digest(), new CompletableFuture<>());
      waiting.add(blob);
    }
    int count = Math.min(options.parallel(), waiting.size());
    for (int i = 1; i <= count; i++) {
      threads.add(Thread.ofVirtual().name("fetch-" + i).start(this::work));
    }
  }

  private void work() {
    for (Descriptor next = waiting.poll(); next != null && !stopped; next = waiting.poll()) {
      CompletableFuture<Void> arrival = arrivals.get(next.digest());
      if (arrival == null) {
        throw new IllegalStateException("a blob that nobody waits for");
      }
      try {
        bring(next);
        arrival.complete(null);
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    }
  }

  /** The first failure is everybody's: nothing is begun any more, and nobody waits in vain. */
  private void fail(Throwable e) {
    stopped = true;
    for (CompletableFuture<Void> arrival : arrivals.values()) {
      arrival.completeExceptionally(e);
    }
  }

  private void bring(Descriptor d) {
    Partial partial = batch.resume(d).orElse(null);
    if (partial == null) {
      try (Work work = watch(d)) {
        work.present();
      }
      return;
    }
    try (partial) {
      for (boolean again = false; ; again = true) {
        try {
          copy(d, partial);
          return;
        } catch (CorruptException e) {
          // What was there before, or one mirror of several, may have been wrong: once from the
          // start, and never a byte of it is kept.
          partial.restart();
          if (again) {
            throw e;
          }
        }
      }
    }
  }

  private Work watch(Descriptor d) {
    return steps.begin(Work.Kind.RECEIVE, d.digest().toString(), d.size());
  }

  private void copy(Descriptor d, Partial partial) {
    byte[] buffer = new byte[BUFFER];
    try (Work work = watch(d);
        InputStream in = source.blob(d, partial.count())) {
      work.advance(partial.count());
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (stopped) {
          throw new SystemException(d.digest().toString(), "given up", "", null);
        }
        partial.write(buffer, 0, n);
        work.advance(n);
      }
      partial.commit();
      work.done();
    } catch (IOException e) {
      throw new SystemException(d.digest().toString(), e);
    }
  }

  /**
   * Waits until a blob is there.
   *
   * @throws PhylloException if it, or any other, cannot be brought
   */
  public void await(Descriptor descriptor) {
    CompletableFuture<Void> arrival = arrivals.get(descriptor.digest());
    if (arrival != null) {
      await(arrival, descriptor.digest().toString());
    }
  }

  /** Waits until a blob is there and opens it. */
  public InputStream open(Descriptor descriptor) {
    await(descriptor);
    return batch.open(descriptor.digest());
  }

  /** Waits for every blob and makes them visible, durably. */
  public void finish() {
    for (Map.Entry<Digest, CompletableFuture<Void>> arrival : arrivals.entrySet()) {
      await(arrival.getValue(), arrival.getKey().toString());
    }
    batch.commit();
    finished = true;
  }

  private static void await(CompletableFuture<Void> arrival, String thing) {
    try {
      arrival.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(thing, "interrupted", "", e);
    } catch (ExecutionException | CancellationException e) {
      switch (e.getCause()) {
        case RuntimeException r -> throw r;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  /** Stops what has not ended; whole blobs stay, and of the others what has arrived. */
  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      if (!finished) {
        thread.interrupt();
      }
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException _) {
          interrupted = true; // they write to the batch that is closed next
        }
      }
    }
    try {
      if (!finished) {
        batch.commit();
      }
    } catch (PhylloException _) {
      // The caller has a better error to tell.
    } finally {
      batch.close();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
