package dev.phyllo.store;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Deliberate crashes for tests: with {@code -Ddev.phyllo.crashAfter=N} the JVM dies, without any
 * clean-up, at the N-th step that changed the disk.
 *
 * <p>Every operation that changes a store calls {@link #reached} right after each change. A test
 * that runs the same work with N from 1 upwards until it survives has then stopped it at every
 * state the disk goes through. Without the property a point costs one comparison.
 */
public final class CrashPoints {
  /** The exit status of a JVM that died at a point: that of a process killed by SIGKILL. */
  public static final int EXIT_STATUS = 137;

  private static final int CRASH_AFTER = Integer.getInteger("dev.phyllo.crashAfter", 0);
  private static final AtomicInteger REACHED = new AtomicInteger();

  private CrashPoints() {}

  /** How many points have been reached, if the property is set. */
  public static int count() {
    return REACHED.get();
  }

  /**
   * Says that the disk has just been changed.
   *
   * @param what the change, for whoever reads the code
   */
  public static void reached(String what) {
    if (CRASH_AFTER > 0 && REACHED.incrementAndGet() == CRASH_AFTER) {
      System.err.println("crash point " + CRASH_AFTER + ": " + what);
      Runtime.getRuntime().halt(EXIT_STATUS);
    }
  }
}
