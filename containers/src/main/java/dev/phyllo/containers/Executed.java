package dev.phyllo.containers;

import dev.phyllo.linux.Child;
import dev.phyllo.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * A process that was started in a container that runs.
 *
 * @param child the process
 * @param input the other end of its terminal, or of the pipe it reads from; null if it has neither
 * @param watching open as long as this process reads its terminal: then a keeper does. Null if it
 *     has none, or nobody watches
 */
public record Executed(Child child, @Nullable Fd input, @Nullable Fd watching)
    implements AutoCloseable {
  /** Leaves it to itself. */
  @Override
  public void close() {
    child.close();
    if (input != null) {
      input.close();
    }
    if (watching != null) {
      watching.close();
    }
  }
}
