package dev.phyllo.build;

import java.util.concurrent.atomic.AtomicInteger;

/** Numbers the steps of a build and tells how they go. */
final class Telling {
  private final BuildProgress progress;
  private final Cancellation cancellation;
  private final AtomicInteger numbers = new AtomicInteger();

  Telling(BuildProgress progress, Cancellation cancellation) {
    this.progress = progress;
    this.cancellation = cancellation;
  }

  BuildProgress progress() {
    return progress;
  }

  /** Something that takes a while. */
  interface Work<T> {
    /** Does it; the step is for notes and output. */
    T run(Current current);
  }

  /** A step on its way. */
  final class Current {
    private final BuildProgress.Step step;
    private boolean cached;

    private Current(BuildProgress.Step step) {
      this.step = step;
    }

    BuildProgress.Step step() {
      return step;
    }

    /** Its result was known. */
    void cached() {
      cached = true;
    }

    void note(String text) {
      progress.note(step, text);
    }

    void output(boolean error, String line) {
      progress.output(step, error, line);
    }
  }

  /** Does a step. */
  <T> T step(String title, Work<T> work) {
    cancellation.check();
    Current current = new Current(new BuildProgress.Step(numbers.incrementAndGet(), title));
    progress.started(current.step);
    long start = System.nanoTime();
    BuildProgress.Outcome outcome = BuildProgress.Outcome.FAILED;
    try {
      T result = work.run(current);
      outcome = current.cached ? BuildProgress.Outcome.CACHED : BuildProgress.Outcome.DONE;
      return result;
    } finally {
      if (outcome == BuildProgress.Outcome.FAILED && cancellation.isFailed()) {
        outcome = BuildProgress.Outcome.CANCELED;
      }
      progress.ended(current.step, outcome, System.nanoTime() - start);
    }
  }
}
