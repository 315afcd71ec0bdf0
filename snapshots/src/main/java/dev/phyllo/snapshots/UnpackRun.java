package dev.phyllo.snapshots;

import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks consecutive layers at the same time and commits them together.
 *
 * <p>Each layer has a thread, which begins when its blob is there; so many work at a time as there
 * are processors. One that has to know the layers below waits for them and lets another work
 * meanwhile; the lowest unfinished one never waits, and so nobody waits for ever. What every layer
 * has to do at its end is done by the calling thread, from the base up.
 */
final class UnpackRun {
  private final Snapshotter snapshots;
  private final List<LayerJob> jobs;

  /** Completed in order when the layer is complete on disk. */
  private final List<CompletableFuture<Void>> complete = new ArrayList<>();

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Semaphore processors =
      new Semaphore(Runtime.getRuntime().availableProcessors(), true);
  private volatile boolean stopped;

  UnpackRun(Snapshotter snapshots, List<LayerJob> jobs) {
    this.snapshots = snapshots;
    this.jobs = jobs;
    for (int i = 0; i < jobs.size(); i++) {
      complete.add(new CompletableFuture<>());
    }
  }

  void run() {
    boolean committed = false;
    try {
      for (int i = 0; i < jobs.size(); i++) {
        jobs.get(i).prepare(i == 0);
      }
      if (jobs.size() == 1) {
        jobs.getFirst().await();
        jobs.getFirst().apply(() -> below(0), () -> false);
        jobs.getFirst().finish();
      } else {
        applyTogether();
      }
      List<Commit> commits = new ArrayList<>();
      for (LayerJob job : jobs) {
        commits.add(job.commit());
      }
      snapshots.commitAll(commits);
      committed = true;
    } finally {
      if (!committed) {
        abandonAll();
      }
    }
  }

  private void applyTogether() {
    ExecutorService workers =
        Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("unpack-", 1).factory());
    try {
      List<Future<?>> applied = new ArrayList<>();
      for (int i = 0; i < jobs.size(); i++) {
        int index = i;
        applied.add(workers.submit(() -> applyOne(index)));
      }
      for (int i = 0; i < jobs.size(); i++) {
        await(applied.get(i));
        jobs.get(i).finish();
        complete.get(i).complete(null);
      }
    } finally {
      stopped = true; // does nothing to those that are done
      for (CompletableFuture<Void> future : complete) {
        future.cancel(false); // wakes those that wait
      }
      workers.shutdown();
      awaitEnd(workers);
    }
  }

  private void applyOne(int index) {
    try {
      jobs.get(index).await();
      processors.acquireUninterruptibly();
      try {
        if (stopped) {
          throw LayerApplication.stopped(jobs.get(index).key());
        }
        jobs.get(index).apply(() -> below(index), () -> stopped);
      } finally {
        processors.release();
      }
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e); // the others fail because of this one
      stopped = true;
      throw e;
    }
  }

  /** The directories below a layer, top first, complete. */
  private List<Path> below(int index) {
    if (index > 0) {
      boolean waits = !complete.get(index - 1).isDone();
      if (waits) {
        processors.release();
      }
      try {
        complete.get(index - 1).get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw LayerApplication.stopped(jobs.get(index).key());
      } catch (ExecutionException | CancellationException e) {
        throw LayerApplication.stopped(jobs.get(index).key());
      } finally {
        if (waits) {
          processors.acquireUninterruptibly();
        }
      }
    }
    List<Path> directories = new ArrayList<>();
    for (int i = index - 1; i >= 0; i--) {
      directories.add(jobs.get(i).directory());
    }
    jobs.getFirst()
        .parent()
        .ifPresent(name -> directories.addAll(snapshots.layerDirectories(name.toString())));
    return directories;
  }

  /** Waits for a layer; if any has failed, throws what failed first. */
  private void await(Future<?> applied) {
    try {
      applied.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(jobs.getFirst().key(), "interrupted while unpacking", "", e);
    } catch (ExecutionException e) {
      switch (failure.get()) {
        case RuntimeException r -> throw r;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  private static void awaitEnd(ExecutorService workers) {
    boolean interrupted = false;
    while (true) {
      try {
        if (workers.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException _) {
        interrupted = true; // files are still being written: there is no leaving now
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What cannot be removed now is found by the next attempt; the reason to give up matters more.
   */
  private void abandonAll() {
    for (LayerJob job : jobs.reversed()) {
      try {
        job.abandon();
      } catch (PhylloException _) {
        // Left for Unpacker.removeAbandoned.
      }
    }
  }
}
