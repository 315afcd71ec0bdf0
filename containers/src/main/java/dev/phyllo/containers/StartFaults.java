package dev.phyllo.containers;

import dev.phyllo.oci.SystemException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Deliberate failures of a container's start, for tests: with {@code -Ddev.phyllo.failStart=N} the
 * N-th step of the first start fails, with {@code -Ddev.phyllo.failStart=NAME} the step of that
 * name before it does anything, and with {@code after NAME} when it has done everything. A test
 * that starts the same container with N from 1 upwards until it runs has then seen every step fail
 * in turn.
 *
 * <p>A step has two numbers, one before it and one after it, when what it acquired is there to be
 * released. Without the property a step costs one comparison.
 */
final class StartFaults {
  private static final @Nullable String WANTED = System.getProperty("dev.phyllo.failStart");
  private static final AtomicInteger REACHED = new AtomicInteger();

  private StartFaults() {}

  /** A step begins; empty for none. */
  static void before(String step) {
    if (WANTED != null && !step.isEmpty()) {
      reached(step, step);
    }
  }

  /** A step has ended; empty for none. */
  static void after(String step) {
    if (WANTED != null && !step.isEmpty()) {
      reached(step, "after " + step);
    }
  }

  private static void reached(String step, String place) {
    int number = REACHED.incrementAndGet();
    if (place.equals(WANTED) || Integer.toString(number).equals(WANTED)) {
      throw new SystemException(step, "made to fail (" + number + ")", "", 0);
    }
  }
}
