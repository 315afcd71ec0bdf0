package dev.phyllo.containers;

import dev.phyllo.oci.Step;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something that happened to a container's record, or to a volume.
 *
 * @param verb {@code record} when the record was written, {@code exit} when the process ended,
 *     {@code erase} when all of it is gone; {@code create} and {@code remove} for volumes
 * @param subject the container's id, or {@code volume} and its name
 * @param details further facts
 */
public record ContainerStep(String verb, String subject, Map<String, String> details)
    implements Step {
  /** Keeps the facts in one order. */
  public ContainerStep {
    details = new TreeMap<>(details);
  }
}
