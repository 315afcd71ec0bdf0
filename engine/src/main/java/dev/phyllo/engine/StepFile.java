package dev.phyllo.engine;

import dev.phyllo.linux.PlanPart;
import dev.phyllo.linux.SyscallStep;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Steps that another process of this program does, on their way to the listener of the one that
 * asked for them: a file in the container's directory, a JSON object a line. What the supervisor
 * does is shown by the command that made it.
 */
final class StepFile implements StepListener, AutoCloseable {
  private static final String NAME = "steps.jsonl";

  private final Path file;
  private final BufferedWriter out;

  private StepFile(Path file, BufferedWriter out) {
    this.file = file;
    this.out = out;
  }

  /** Begins to write the steps of a start. */
  static StepFile write(Path directory) {
    Path file = directory.resolve(NAME);
    try {
      return new StepFile(
          file,
          Files.newBufferedWriter(
              file,
              StandardCharsets.UTF_8,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  @Override
  public boolean isListening() {
    return true;
  }

  @Override
  public synchronized void done(Step step) {
    try {
      out.write(new String(JsonCodec.toBytes(json(step)), StandardCharsets.UTF_8));
      out.write('\n');
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /** Tells a listener what was written, and removes the file. */
  static void tell(Path directory, StepListener steps) {
    Path file = directory.resolve(NAME);
    try {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
          byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
          steps.done(step(JsonCodec.parseObject(bytes, file.toString())));
        }
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static dev.phyllo.oci.json.Json.Obj json(Step step) {
    JsonBuilder o = new JsonBuilder().put("verb", step.verb());
    if (step instanceof SyscallStep call) {
      return o.put("for", call.note())
          .putStrings("arguments", call.arguments())
          .put("result", call.result())
          .put("nanos", call.nanos())
          .build();
    }
    o.put("subject", step.subject()).put("part", step instanceof PlanPart);
    return o.putStringMap("details", step.details()).build();
  }

  private static Step step(JsonObject o) {
    String verb = o.requireString("verb");
    if (o.has("arguments") || o.has("result")) {
      return new SyscallStep(
          o.requireString("for"),
          verb,
          o.strings("arguments"),
          o.requireNumber("result"),
          o.requireNumber("nanos"));
    }
    String subject = o.requireString("subject");
    return o.bool("part").orElse(false)
        ? new PlanPart(subject)
        : new Done(verb, subject, o.stringMap("details"));
  }
}
