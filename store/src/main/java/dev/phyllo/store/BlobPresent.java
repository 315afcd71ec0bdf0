package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Step;
import java.util.Map;

/**
 * A blob was wanted and is in the store already, so nothing was read or written.
 *
 * @param digest the blob
 * @param size its length in bytes
 */
public record BlobPresent(Digest digest, long size) implements Step {
  @Override
  public String verb() {
    return "present";
  }

  @Override
  public String subject() {
    return digest.toString();
  }

  @Override
  public Map<String, String> details() {
    return Map.of("size", Long.toString(size));
  }
}
