package dev.phyllo.cli;

import dev.phyllo.linux.SyscallStep;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code --explain}: prints each step on standard error as it is done. There is no text beside the
 * steps: what is shown is what was executed, and the headings are what the launch plan says its
 * steps are for.
 *
 * <p>{@code --explain=json} prints an object a line. Every one has {@code kind}, {@code verb},
 * {@code subject} and {@code seconds}, the time since the command began. A {@code "step"} has
 * {@code details}, an object of strings. A {@code "syscall"} has {@code arguments} as strace(1)
 * writes them, {@code result}, {@code error} (the name of the error number) where it failed, {@code
 * nanos} where it was measured, and {@code for} where the plan says what it is for.
 */
final class Explain implements StepListener {
  private final boolean asJson;
  private final long began = System.nanoTime();
  private String heading = "";

  Explain(boolean asJson) {
    this.asJson = asJson;
  }

  @Override
  public boolean isListening() {
    return true;
  }

  @Override
  public void done(Step step) {
    synchronized (this) {
      byte[] line = (asJson ? json(step) : text(step)).getBytes(StandardCharsets.UTF_8);
      System.err.write(line, 0, line.length);
      System.err.flush();
    }
  }

  /** The step's line, below what it is for where that changes. */
  private String text(Step step) {
    if (!(step instanceof SyscallStep call)) {
      heading = "";
      return timed(step) + "\n";
    }
    String before = "";
    if (!call.note().isEmpty() && !call.note().equals(heading)) {
      before = "  # " + call.note() + "\n";
      heading = call.note();
    }
    return before + call.line() + "\n";
  }

  /** A time that a step has among its details is shown as strace shows it. */
  private static String timed(Step step) {
    String nanos = step.details().get("nanos");
    if (nanos == null) {
      return step.line();
    }
    long micros;
    try {
      micros = Long.parseLong(nanos) / 1000;
    } catch (NumberFormatException _) {
      return step.line();
    }
    String fraction = Long.toString(micros % 1_000_000);
    String time =
        "<" + micros / 1_000_000 + "." + "0".repeat(6 - fraction.length()) + fraction + ">";
    return step.line().replace("  nanos=" + nanos, "") + "  " + time;
  }

  private String json(Step step) {
    JsonBuilder o = new JsonBuilder();
    o.put("kind", step instanceof SyscallStep ? "syscall" : "step");
    o.put("verb", step.verb());
    o.put("subject", step.subject());
    o.put("seconds", new Json.Num(seconds(System.nanoTime() - began)));
    if (step instanceof SyscallStep call) {
      o.putStrings("arguments", call.arguments());
      boolean failed = call.result() < 0 && call.result() >= -4095;
      o.put("result", failed ? -1 : call.result());
      if (failed) {
        o.put("error", call.resultText().split(" ", 3)[1]);
      }
      if (call.nanos() >= 0) {
        o.put("nanos", call.nanos());
      }
      if (!call.note().isEmpty()) {
        o.put("for", call.note());
      }
    } else {
      Map<String, Json> details = new LinkedHashMap<>();
      step.details().forEach((name, value) -> details.put(name, new Json.Text(value)));
      o.put("details", new Json.Obj(details));
    }
    return new String(JsonCodec.toBytes(o.build()), StandardCharsets.UTF_8) + "\n";
  }

  private static String seconds(long nanos) {
    String micros = Long.toString(nanos / 1000 % 1_000_000);
    return nanos / 1_000_000_000 + "." + "0".repeat(6 - micros.length()) + micros;
  }
}
