package dev.phyllo.cli.output;

import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.Work;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows long work while it goes on: what comes in, is unpacked, written or sent, how fast, and what
 * was there already.
 *
 * <p>On a terminal, work in progress has a line with a bar each at the bottom, and what is finished
 * stays above them. Elsewhere there is a plain line for what is finished, and none at all if all of
 * it takes less than {@value #PATIENCE_NANOS} ns: a script's log is not to be filled by what was
 * over at once.
 */
public final class Progress implements StepListener, AutoCloseable {
  private static final long PATIENCE_NANOS = 1_000_000_000;
  private static final long REDRAW_MILLIS = 100;
  private static final int MOST_BARS = 12;
  private static final int BAR_WIDTH = 24;
  private static final int SHORT = 12;
  private static final String CLEAR_BELOW = "\u001b[0J";

  private final PrintStream out;
  private final boolean terminal;
  private final int columns;
  private final LongSupplier clock;
  private final long began;

  // All guarded by this object's monitor.
  private final List<Item> active = new ArrayList<>();
  private final List<String> held = new ArrayList<>();
  private final Set<String> present = new HashSet<>();
  private @Nullable Thread painter;
  private int drawn;
  private boolean closed;

  /**
   * Shows work on a stream.
   *
   * @param out standard error, which nobody else writes to until this is closed
   * @param terminal whether it is one, so that lines can be drawn over
   * @param columns how wide the terminal is
   */
  public Progress(PrintStream out, boolean terminal, int columns) {
    this(out, terminal, columns, System::nanoTime);
  }

  Progress(PrintStream out, boolean terminal, int columns, LongSupplier clock) {
    this.out = out;
    this.terminal = terminal;
    this.columns = Math.max(20, columns);
    this.clock = clock;
    this.began = clock.getAsLong();
  }

  /** Steps are not asked for: only work is watched. */
  @Override
  public boolean isListening() {
    return false;
  }

  @Override
  public void done(Step step) {
    // Not listening.
  }

  @Override
  public synchronized Work begin(Work.Kind kind, String subject, long bytes) {
    Item item = new Item(kind, brief(subject), bytes, clock.getAsLong());
    active.add(item);
    if (terminal && painter == null && !closed) {
      painter = Thread.ofPlatform().daemon().name("progress").start(this::paint);
    }
    return item;
  }

  /** Takes the bars away; what finished stays. */
  @Override
  public synchronized void close() {
    closed = true;
    if (painter != null) {
      painter.interrupt();
    }
    redraw(List.of());
  }

  private void paint() {
    try {
      while (true) {
        Thread.sleep(REDRAW_MILLIS);
        synchronized (this) {
          if (closed) {
            return;
          }
          redraw(List.of());
        }
      }
    } catch (InterruptedException _) {
      // Closed: the last drawing was done there.
    }
  }

  /** Writes finished lines above the bars, and the bars anew; on a terminal, in one write. */
  private synchronized void redraw(List<String> finished) {
    StringBuilder text = new StringBuilder();
    if (terminal && drawn > 0) {
      text.append("\u001b[").append(drawn).append('F').append(CLEAR_BELOW);
    }
    drawn = 0;
    for (String line : finished) {
      text.append(cut(line)).append('\n');
    }
    if (terminal && !closed) {
      long now = clock.getAsLong();
      for (Item item : active) {
        if (drawn == MOST_BARS) {
          break;
        }
        text.append(cut(item.bar(now))).append('\n');
        drawn++;
      }
    }
    if (!text.isEmpty()) {
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      out.write(bytes, 0, bytes.length);
      out.flush();
    }
  }

  private synchronized void ended(Item item, @Nullable String line) {
    active.remove(item);
    if (line == null) {
      return;
    }
    if (terminal) {
      redraw(List.of(line));
      return;
    }
    held.add(line);
    if (clock.getAsLong() - began >= PATIENCE_NANOS) {
      redraw(held);
      held.clear();
    }
  }

  /** Whether this is news: that one thing is there already is said once. */
  private synchronized boolean isFirstPresent(String subject) {
    return present.add(subject);
  }

  private String cut(String line) {
    return terminal && line.length() >= columns ? line.substring(0, columns - 1) : line;
  }

  /** As much of a digest as tells it apart; the last part of a longer name. */
  private static String brief(String subject) {
    int colon = subject.indexOf(':');
    if (colon > 0 && subject.length() - colon > SHORT && subject.indexOf(' ') < 0) {
      return subject.substring(colon + 1, colon + 1 + SHORT);
    }
    return Plain.text(subject);
  }

  private static void rate(StringBuilder line, long bytes, long nanos) {
    if (nanos > 0) {
      line.append("  ").append(Sizes.brief((long) (bytes * 1e9 / nanos))).append("/s");
    }
  }

  private static String now(Work.Kind kind) {
    return switch (kind) {
      case RECEIVE -> "receiving";
      case UNPACK -> "unpacking";
      case PACK -> "packing";
      case WRITE -> "writing";
      case SEND -> "sending";
    };
  }

  private static String past(Work.Kind kind) {
    return switch (kind) {
      case RECEIVE -> "received";
      case UNPACK -> "unpacked";
      case PACK -> "packed";
      case WRITE -> "written";
      case SEND -> "sent";
    };
  }

  /** A piece of work. */
  private final class Item implements Work {
    private final Kind kind;
    private final String subject;
    private final long size;
    private final long start;
    private final AtomicLong bytes = new AtomicLong();
    private @Nullable String result;

    Item(Kind kind, String subject, long size, long start) {
      this.kind = kind;
      this.subject = subject;
      this.size = size;
      this.start = start;
    }

    @Override
    public void advance(long more) {
      bytes.addAndGet(more);
    }

    @Override
    public void done() {
      long nanos = clock.getAsLong() - start;
      StringBuilder line = new StringBuilder(80);
      line.append(subject).append("  ").append(past(kind)).append("  ");
      line.append(Sizes.brief(bytes.get()));
      rate(line, bytes.get(), nanos);
      result = line.toString();
    }

    @Override
    public void present() {
      if (isFirstPresent(subject)) {
        result = subject + "  exists" + (size > 0 ? "  " + Sizes.brief(size) : "");
      }
    }

    @Override
    public void close() {
      ended(this, result);
    }

    String bar(long now) {
      long count = bytes.get();
      StringBuilder line = new StringBuilder(120);
      line.append(subject).append("  ").append(now(kind)).append("  ");
      if (size > 0) {
        int full = (int) Math.min(BAR_WIDTH, count * BAR_WIDTH / size);
        line.append('[').repeat('=', Math.max(0, full - 1)).append(full > 0 ? ">" : "");
        line.repeat(' ', BAR_WIDTH - full).append("]  ");
      }
      line.append(Sizes.brief(count));
      if (size > 0) {
        line.append('/').append(Sizes.brief(size));
      }
      rate(line, count, now - start);
      return line.toString();
    }
  }
}
