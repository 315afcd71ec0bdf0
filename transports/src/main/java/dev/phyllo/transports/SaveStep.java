package dev.phyllo.transports;

import dev.phyllo.oci.Step;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a save tells.
 *
 * @param verb {@code write} for a blob or document, {@code keep} for a blob that was there, {@code
 *     skip} for an image of an index that is not in the store
 * @param subject the file in the layout or archive
 * @param details further facts
 */
public record SaveStep(String verb, String subject, Map<String, String> details) implements Step {

  /** Keeps the map's order. */
  public SaveStep {
    details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }
}
