package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import java.util.ArrayList;
import java.util.List;

/**
 * Which containers are to be started again, and when: 100 ms after their end, twice as long after
 * each further end, up to a minute; from the beginning for one that ran for ten seconds. As docker
 * does.
 */
final class Restarts {
  /** How long the first wait is. */
  static final long FIRST_MILLIS = 100;

  private static final long LONGEST_MILLIS = 60_000;
  private static final long GOOD_MILLIS = 10_000;

  /** Guarded by this. */
  private final List<Due> waiting = new ArrayList<>();

  /**
   * One that waits.
   *
   * @param at when its time comes, of System.nanoTime
   * @param backoff how long it waited
   */
  record Due(long at, Phyllo engine, Container container, long backoff) {}

  /**
   * How long to wait now.
   *
   * @param before how long it was the last time, 0 for none
   * @param ran how long it ran since
   */
  static long next(long before, long ran) {
    return before == 0 || ran >= GOOD_MILLIS ? FIRST_MILLIS : Math.min(2 * before, LONGEST_MILLIS);
  }

  synchronized void in(long millis, Phyllo engine, Container container, long backoff) {
    waiting.add(new Due(System.nanoTime() + millis * 1_000_000, engine, container, backoff));
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  synchronized long millisToNext() {
    long least = LONGEST_MILLIS;
    for (Due one : waiting) {
      least = Math.min(least, (one.at - System.nanoTime()) / 1_000_000 + 1);
    }
    return Math.max(0, least);
  }

  /** Those whose time has come, which wait no longer. */
  synchronized List<Due> due() {
    List<Due> due = new ArrayList<>();
    for (Due one : waiting) {
      if (one.at - System.nanoTime() <= 0) {
        due.add(one);
      }
    }
    waiting.removeAll(due);
    return due;
  }

  /** Everybody's time has come: somebody may have been stopped while waiting. */
  synchronized void all() {
    for (int i = 0; i < waiting.size(); i++) {
      Due one = waiting.get(i);
      if (one.engine.containers().supervision().isStopWanted(one.container)) {
        waiting.set(i, new Due(System.nanoTime(), one.engine, one.container, one.backoff));
      }
    }
  }
}
