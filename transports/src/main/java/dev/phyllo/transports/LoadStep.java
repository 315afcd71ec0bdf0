package dev.phyllo.transports;

import dev.phyllo.oci.Step;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a load tells besides the blobs, which the store reports.
 *
 * @param verb {@code detect}, {@code name} or {@code skip}
 * @param subject the source, or the digest of an image in it
 * @param details further facts
 */
public record LoadStep(String verb, String subject, Map<String, String> details) implements Step {

  /** Keeps the map's order. */
  public LoadStep {
    details = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }
}
