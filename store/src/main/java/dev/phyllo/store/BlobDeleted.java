package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Step;
import java.util.Map;

/**
 * A blob that nothing refers to is gone.
 *
 * @param digest the blob
 */
public record BlobDeleted(Digest digest) implements Step {
  @Override
  public String verb() {
    return "delete";
  }

  @Override
  public String subject() {
    return digest.toString();
  }

  @Override
  public Map<String, String> details() {
    return Map.of();
  }
}
