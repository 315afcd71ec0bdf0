package dev.phyllo.linux;

import dev.phyllo.oci.Step;
import java.util.Map;

/**
 * A part of a launch plan begins: what its calls, which are told next, do together.
 *
 * @param purpose in a few words
 */
public record PlanPart(String purpose) implements Step {
  @Override
  public String verb() {
    return "part";
  }

  @Override
  public String subject() {
    return purpose;
  }

  @Override
  public Map<String, String> details() {
    return Map.of();
  }

  @Override
  public String line() {
    return "  # " + purpose;
  }
}
