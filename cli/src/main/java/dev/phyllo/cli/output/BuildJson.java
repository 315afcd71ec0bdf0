package dev.phyllo.cli.output;

import dev.phyllo.build.BuildProgress;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A build as one JSON object a line, for programs. */
final class BuildJson implements BuildProgress {
  private final PrintStream out;

  BuildJson(PrintStream out) {
    this.out = out;
  }

  private void print(JsonBuilder event) {
    String line = new String(JsonCodec.toBytes(event.build()), StandardCharsets.UTF_8);
    synchronized (out) {
      out.println(line);
    }
  }

  private static JsonBuilder event(String kind, Step step) {
    return new JsonBuilder().put("event", kind).put("step", step.number());
  }

  @Override
  public void started(Step step) {
    print(event("started", step).put("title", step.title()));
  }

  @Override
  public void note(Step step, String text) {
    print(event("note", step).put("text", text));
  }

  @Override
  public void output(Step step, boolean error, String line) {
    print(event("output", step).put("stream", error ? "stderr" : "stdout").put("line", line));
  }

  @Override
  public void ended(Step step, Outcome outcome, long nanos) {
    print(
        event("ended", step)
            .put("outcome", outcome.name().toLowerCase(java.util.Locale.ROOT))
            .put("millis", nanos / 1_000_000));
  }

  @Override
  public void warning(String text) {
    print(new JsonBuilder().put("event", "warning").put("text", text));
  }

  @Override
  public void failedAt(String excerpt) {
    print(new JsonBuilder().put("event", "failedAt").put("text", excerpt));
  }
}
