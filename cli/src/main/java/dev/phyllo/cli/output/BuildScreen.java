package dev.phyllo.cli.output;

import dev.phyllo.build.BuildProgress;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A build on a terminal: finished steps scroll up, those that run stay below with their time and
 * the last lines of their output. The output of a step that fails is shown whole.
 */
final class BuildScreen implements BuildProgress {
  private static final int SHOWN = 5;
  private static final int KEPT = 200;
  private static final long PERIOD_MILLIS = 100;

  private final PrintStream out;
  private final Map<Integer, Running> running = new LinkedHashMap<>();
  private int drawn;
  private boolean ticking;

  private static final class Running {
    final Step step;
    final long start = System.nanoTime();
    final Deque<String> output = new ArrayDeque<>();

    Running(Step step) {
      this.step = step;
    }
  }

  BuildScreen(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void started(Step step) {
    running.put(step.number(), new Running(step));
    redraw("");
    if (!ticking) {
      ticking = true;
      Thread.ofPlatform().daemon().name("build-screen").start(this::tick);
    }
  }

  private void tick() {
    while (true) {
      try {
        Thread.sleep(PERIOD_MILLIS);
      } catch (InterruptedException _) {
        return;
      }
      synchronized (this) {
        if (!running.isEmpty()) {
          redraw("");
        }
      }
    }
  }

  @Override
  public synchronized void note(Step step, String text) {
    Running r = running.get(step.number());
    if (r != null) {
      keep(r, text);
    }
  }

  @Override
  public synchronized void output(Step step, boolean error, String line) {
    Running r = running.get(step.number());
    if (r != null) {
      keep(r, line);
    }
  }

  private static void keep(Running r, String line) {
    r.output.addLast(printable(line));
    if (r.output.size() > KEPT) {
      r.output.removeFirst();
    }
  }

  @Override
  public synchronized void ended(Step step, Outcome outcome, long nanos) {
    Running r = running.remove(step.number());
    StringBuilder above = new StringBuilder();
    switch (outcome) {
      case DONE -> above.append(line(" => ", step.title(), BuildOutput.seconds(nanos)));
      case CACHED -> above.append(line(" => CACHED ", step.title(), BuildOutput.seconds(nanos)));
      case CANCELED -> above.append(line(" => CANCELED ", step.title(), ""));
      case FAILED -> {
        above.append(line(" => ERROR ", step.title(), BuildOutput.seconds(nanos)));
        if (r != null) {
          r.output.forEach(text -> above.append("    ").append(text).append('\n'));
        }
      }
    }
    redraw(above.toString());
  }

  @Override
  public synchronized void warning(String text) {
    redraw("warning: " + printable(text) + "\n");
  }

  @Override
  public synchronized void failedAt(String excerpt) {
    redraw(excerpt);
  }

  /** Takes away what runs, adds finished lines, and draws again what runs. */
  private void redraw(String above) {
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    text.append("\r\u001b[J").append(above);
    drawn = 0;
    long now = System.nanoTime();
    for (Running r : running.values()) {
      text.append(line(" => ", r.step.title(), BuildOutput.seconds(now - r.start)));
      drawn++;
      int skip = Math.max(0, r.output.size() - SHOWN);
      for (String output : r.output) {
        if (skip-- <= 0) {
          text.append(line("    ", output, ""));
          drawn++;
        }
      }
    }
    out.print(text);
    out.flush();
  }

  /** One line of the terminal's width, the time at its right. */
  private static String line(String before, String text, String time) {
    int room = Math.max(10, Terminals.columns(2) - before.length() - time.length() - 2);
    String shown = text.length() <= room ? text : text.substring(0, room - 1) + "…";
    StringBuilder line = new StringBuilder(before).append(shown);
    if (!time.isEmpty()) {
      line.repeat(' ', room - shown.length() + 1).append(time);
    }
    return line.append('\n').toString();
  }

  /** What a command writes must not move the cursor about. */
  private static String printable(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\u001b') {
        // An escape sequence of ECMA-48 ends in a letter.
        while (i + 1 < text.length() && !Character.isLetter(text.charAt(i + 1))) {
          i++;
        }
        i++;
      } else {
        clean.append(c == '\t' ? ' ' : c < ' ' ? "" : String.valueOf(c));
      }
    }
    return clean.toString();
  }
}
