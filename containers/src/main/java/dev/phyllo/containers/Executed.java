package dev.phyllo.containers;

import dev.phyllo.linux.Child;
import dev.phyllo.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * A process that was started in a container that runs.
 *
 * @param child the process
 * @param master the other end of its terminal; null if it has none
 */
public record Executed(Child child, @Nullable Fd master) implements AutoCloseable {
  /** Forgets it. */
  @Override
  public void close() {
    child.close();
    if (master != null) {
      master.close();
    }
  }
}
