package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Output;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Inotify;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Poll;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a container has written, and goes on writing. */
public final class Following {
  /** A new line's time is noted within this; lines are told when their times are there. */
  private static final long TICK_MILLIS = 20;

  private final Life life;
  private final Containers containers;
  private final Container container;
  private final long since;
  private final long until;
  private final long tail;
  private final Output output;

  /**
   * The output of a container.
   *
   * @param since only what was written at this time or later
   * @param until only what was written before this time
   * @param tail how many of the last lines there are by now, at most
   */
  public Following(
      Life life, Container container, Optional<Long> since, Optional<Long> until, long tail) {
    this.life = life;
    this.containers = life.containers();
    this.container = container;
    this.since = since.orElse(Long.MIN_VALUE);
    this.until = until.orElse(Long.MAX_VALUE);
    this.tail = tail;
    this.output = containers.output(container);
  }

  /** Whether there is any: what ran in somebody's foreground wrote there. */
  public boolean isKept() {
    return output.isKept() || containers.state(container).supervised();
  }

  /**
   * Tells the lines.
   *
   * @param on whether to go on until the container has ended
   */
  public void show(boolean on, Output.Lines to) {
    try (Output out = output;
        Inotify inotify = Inotify.open();
        Pidfd process = on ? containers.processes().of(container) : null) {
      Deque<Output.Line> last = new ArrayDeque<>();
      for (Path file : out.watched()) {
        inotify.watch(file);
      }
      out.lines(
          process == null,
          line -> {
            if (line.millis() >= since && line.millis() < until && tail > 0) {
              if (last.size() >= tail) {
                last.removeFirst();
              }
              last.addLast(line);
              if (tail == Long.MAX_VALUE) {
                to.next(last.removeFirst());
              }
            }
          });
      for (Output.Line line : last) {
        to.next(line);
      }
      if (process != null) {
        follow(out, inotify, process, to);
      }
    } catch (IOException e) {
      throw new dev.phyllo.oci.SystemException("standard output", e);
    }
  }

  private void follow(Output out, Inotify inotify, Pidfd first, Output.Lines to) {
    Output.Lines filtered =
        line -> {
          if (line.millis() < until) {
            to.next(line);
          }
        };
    Pidfd process = first;
    Pidfd opened = null;
    try {
      while (process != null && System.currentTimeMillis() < until) {
        List<Fd> fds = new ArrayList<>(List.of(inotify.fd(), process.fd()));
        boolean[] ready =
            Poll.readable(fds, until == Long.MAX_VALUE ? -1 : until - System.currentTimeMillis());
        if (ready[0]) {
          Life.sleep(TICK_MILLIS);
          inotify.changed();
          out.lines(false, filtered);
        }
        if (ready[1]) {
          Pidfd next = next();
          if (opened != null) {
            opened.close();
          }
          opened = next;
          process = next;
        }
      }
      out.lines(true, filtered);
    } finally {
      if (opened != null) {
        opened.close();
      }
    }
  }

  /** The process of a container that is started again; null if it has ended for good. */
  private @Nullable Pidfd next() {
    while (true) {
      if (containers.find(container.id()).isEmpty()) {
        return null;
      }
      switch (life.state(container).status()) {
        case EXITED, CREATED -> {
          return null;
        }
        case RUNNING, PAUSED -> {
          return containers.processes().of(container);
        }
        default -> Life.sleep(TICK_MILLIS);
      }
    }
  }
}
