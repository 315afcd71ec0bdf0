package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Step;
import java.util.Map;

/**
 * An image has got its name.
 *
 * @param name the canonical reference
 * @param target the manifest or index it stands for
 */
public record ImageNamed(String name, Digest target) implements Step {
  @Override
  public String verb() {
    return "name";
  }

  @Override
  public String subject() {
    return name;
  }

  @Override
  public Map<String, String> details() {
    return Map.of("target", target.toString());
  }
}
