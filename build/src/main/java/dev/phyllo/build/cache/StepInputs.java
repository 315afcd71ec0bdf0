package dev.phyllo.build.cache;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that the result of a step depends on, by name. Values are kept as digests, so that
 * neither a key nor a record tells what somebody passed in.
 */
public final class StepInputs {
  private final Map<String, String> digests = new LinkedHashMap<>();

  /** Nothing yet. */
  public StepInputs() {}

  /** Adds an input. */
  public StepInputs add(String name, String value) {
    return add(name, Digest.sha256(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** Adds an input that is a digest. */
  public StepInputs add(String name, Digest value) {
    digests.put(name, value.hex());
    return this;
  }

  /** The key under which a step with these inputs is kept. */
  public Digest key() {
    StringBuilder text = new StringBuilder("phyllo-step-1\n");
    digests.forEach((name, hex) -> text.append(name).append(' ').append(hex).append('\n'));
    return Digest.sha256(text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  /** The name of the first input that was another one before; nothing if none was. */
  public Optional<String> firstDifference(Map<String, String> before) {
    for (Map.Entry<String, String> input : digests.entrySet()) {
      if (!input.getValue().equals(before.get(input.getKey()))) {
        return Optional.of(input.getKey());
      }
    }
    return Optional.empty();
  }

  Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder();
    digests.forEach(b::put);
    return b.build();
  }
}
