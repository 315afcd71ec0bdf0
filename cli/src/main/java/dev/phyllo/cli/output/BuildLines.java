package dev.phyllo.cli.output;

import dev.phyllo.build.BuildProgress;
import java.io.PrintStream;

/** A build as plain lines, each with its step's number, as BuildKit's plain progress has them. */
final class BuildLines implements BuildProgress {
  private final PrintStream out;

  BuildLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void started(Step step) {
    out.println("#" + step.number() + " " + step.title());
  }

  @Override
  public void note(Step step, String text) {
    out.println("#" + step.number() + " " + text);
  }

  @Override
  public void output(Step step, boolean error, String line) {
    out.println("#" + step.number() + " " + line);
  }

  @Override
  public void ended(Step step, Outcome outcome, long nanos) {
    String how =
        switch (outcome) {
          case DONE -> "DONE " + BuildOutput.seconds(nanos);
          case CACHED -> "CACHED";
          case FAILED -> "ERROR";
          case CANCELED -> "CANCELED";
        };
    out.println("#" + step.number() + " " + how);
  }

  @Override
  public void warning(String text) {
    out.println("warning: " + text);
  }

  @Override
  public void failedAt(String excerpt) {
    out.print(excerpt);
  }
}
