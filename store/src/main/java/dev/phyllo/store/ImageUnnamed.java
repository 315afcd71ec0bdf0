package dev.phyllo.store;

import dev.phyllo.oci.Step;
import java.util.Map;

/**
 * An image has lost a name.
 *
 * @param name the canonical reference
 */
public record ImageUnnamed(String name) implements Step {
  @Override
  public String verb() {
    return "unname";
  }

  @Override
  public String subject() {
    return name;
  }

  @Override
  public Map<String, String> details() {
    return Map.of();
  }
}
