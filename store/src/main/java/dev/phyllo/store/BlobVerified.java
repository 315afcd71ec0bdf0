package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Step;
import java.util.Map;

/**
 * A blob's bytes were found to be what its digest and size say.
 *
 * @param digest the blob
 * @param size its length in bytes
 */
public record BlobVerified(Digest digest, long size) implements Step {
  @Override
  public String verb() {
    return "verify";
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
