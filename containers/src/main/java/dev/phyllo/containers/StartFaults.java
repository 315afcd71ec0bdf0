package dev.phyllo.containers;

import dev.phyllo.oci.SystemException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Deliberate failures of a container's start, for tests: with {@code -Ddev.phyllo.failStart=N} the
 * N-th step of the first start fails, with {@code -Ddev.phyllo.failStart=NAME} the step of that
 * name. A test that starts the same container with N from 1 upwards until it runs has then seen
 * every step fail in turn.
 *
 * <p>A step has two numbers, one before it and one after it, when what it acquired is there to be
 * released; its name stands for the first. Without the property a step costs one comparison.
 */
final class StartFaults {
  private static final @Nullable String WANTED = System.getProperty("dev.phyllo.failStart");
  private static final AtomicInteger REACHED = new AtomicInteger();

  private StartFaults() {}

  /** A step begins, or has just ended; empty for none. */
  static void reached(String step) {
    if (WANTED != null && !step.isEmpty()) {
      int number = REACHED.incrementAndGet();
      if (WANTED.equals(step) || WANTED.equals(Integer.toString(number))) {
        throw new SystemException(step, "made to fail (" + number + ")", "", 0);
      }
    }
  }
}
