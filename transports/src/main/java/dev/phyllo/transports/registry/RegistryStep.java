package dev.phyllo.transports.registry;

import dev.phyllo.oci.Step;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was asked of a registry.
 *
 * @param verb the method of HTTP, or {@code retry}
 * @param subject the address, without a query, which may hold secrets
 * @param details the status, and why it is tried again
 */
public record RegistryStep(String verb, String subject, Map<String, String> details)
    implements Step {

  /** Keeps the map's order. */
  public RegistryStep {
    details = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }
}
