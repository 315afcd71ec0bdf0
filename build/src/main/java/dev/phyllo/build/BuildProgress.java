package dev.phyllo.build;

/** Hears how a build goes on. Calls come from several threads, one at a time for each step. */
public interface BuildProgress {
  /** Hears nothing. */
  BuildProgress NONE = new BuildProgress() {};

  /**
   * A step.
   *
   * @param number its number in the order of beginnings, from 1
   * @param title what people see, such as {@code [build 2/4] RUN make}
   */
  record Step(int number, String title) {}

  /** How a step ended. */
  enum Outcome {
    /** It was done. */
    DONE,
    /** Its result was known. */
    CACHED,
    /** It failed. */
    FAILED,
    /** Another one failed. */
    CANCELED
  }

  /** A step begins. */
  default void started(Step step) {}

  /** Something a step has to say about itself, such as why the cache could not help. */
  default void note(Step step, String text) {}

  /**
   * A line that a command wrote.
   *
   * @param error whether to standard error
   */
  default void output(Step step, boolean error, String line) {}

  /**
   * A step has ended.
   *
   * @param nanos how long it took
   */
  default void ended(Step step, Outcome outcome, long nanos) {}

  /** Something that probably is not as it was meant. */
  default void warning(String text) {}

  /**
   * The build fails because of a line of the Containerfile.
   *
   * @param excerpt the line, its number, and a caret below the place: several lines, each with a
   *     line feed, without control characters
   */
  default void failedAt(String excerpt) {}
}
