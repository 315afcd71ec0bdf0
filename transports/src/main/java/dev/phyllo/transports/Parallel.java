package dev.phyllo.transports;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Independent pieces of work on as many threads as there are processors. */
final class Parallel {
  private static final int MAX_THREADS = 8;

  private Parallel() {}

  /**
   * Does all the work. After a failure no further piece is begun, and the first failure is thrown
   * when those under way have ended.
   */
  static void run(List<Runnable> work) {
    run(work, Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()));
  }

  /** The same with so many threads, for work that waits rather than computes. */
  static void run(List<Runnable> work, int most) {
    int threads = Math.min(work.size(), most);
    if (threads <= 1) {
      work.forEach(Runnable::run);
      return;
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Runnable worker =
        () -> {
          for (int i = next.getAndIncrement(); i < work.size(); i = next.getAndIncrement()) {
            try {
              work.get(i).run();
            } catch (RuntimeException | Error e) {
              failure.compareAndSet(null, e);
              next.set(work.size());
            }
          }
        };
    List<Thread> helpers = new ArrayList<>();
    for (int i = 1; i < threads; i++) {
      helpers.add(Thread.ofPlatform().name("load-" + i).start(worker));
    }
    worker.run();
    boolean interrupted = false;
    for (Thread helper : helpers) {
      while (true) {
        try {
          helper.join();
          break;
        } catch (InterruptedException _) {
          interrupted = true; // the threads share a batch: it must not be closed under them
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    switch (failure.get()) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {}
    }
  }
}
