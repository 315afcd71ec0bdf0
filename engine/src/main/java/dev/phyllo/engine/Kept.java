package dev.phyllo.engine;

import dev.phyllo.containers.OutputTimes;
import dev.phyllo.containers.Supervised;
import dev.phyllo.linux.Inotify;
import java.util.List;

/** A container that the supervisor keeps, and the noting of when it wrote. */
final class Kept {
  private final Phyllo engine;
  private final Supervised supervised;
  private final OutputTimes times;
  private final long backoff;
  private final long began = System.nanoTime();

  /**
   * @param backoff how long it waited for this start in milliseconds, if its policy started it
   */
  Kept(Phyllo engine, Supervised supervised, Inotify inotify, long backoff) {
    this.engine = engine;
    this.supervised = supervised;
    this.times = supervised.times(inotify);
    this.backoff = backoff;
  }

  Phyllo engine() {
    return engine;
  }

  Supervised supervised() {
    return supervised;
  }

  long backoff() {
    return backoff;
  }

  long ranMillis() {
    return (System.nanoTime() - began) / 1_000_000;
  }

  /** Notes how long its logs are, if it is one of them that has changed. */
  void noteIf(List<Integer> watches) {
    times.noteIf(watches);
  }

  /** Notes how long its logs are. */
  void note() {
    times.note();
  }

  /**
   * It has ended.
   *
   * @param known is run when its exit status is known and the container still there
   * @return whether it is to be started again
   */
  boolean end(Runnable known) {
    try (supervised) {
      return engine.containers().supervision().ended(supervised, known);
    } finally {
      times.close();
    }
  }
}
