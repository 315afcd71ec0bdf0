package dev.phyllo.cli;

import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;

/**
 * {@code --explain}: prints each step on standard error as it is done. There is no text beside the
 * steps: what is shown is what was executed.
 */
final class Explain implements StepListener {
  private final boolean asJson;

  Explain(boolean asJson) {
    this.asJson = asJson;
  }

  @Override
  public boolean isListening() {
    return true;
  }

  @Override
  public void done(Step step) {
    byte[] line = (asJson ? json(step) : step.line() + "\n").getBytes(StandardCharsets.UTF_8);
    synchronized (this) {
      System.err.write(line, 0, line.length);
      System.err.flush();
    }
  }

  private static String json(Step step) {
    Json.Obj o =
        new JsonBuilder()
            .put("verb", step.verb())
            .put("subject", step.subject())
            .putStringMap("details", step.details())
            .build();
    return new String(JsonCodec.toBytes(o), StandardCharsets.UTF_8) + "\n";
  }
}
