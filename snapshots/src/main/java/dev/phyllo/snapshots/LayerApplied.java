package dev.phyllo.snapshots;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Step;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A layer's files were put on disk, and its archive was found to be the one the image means.
 *
 * @param digest the blob it came from
 * @param diffId the digest of the uncompressed archive, as computed from what was read
 * @param key the active snapshot that has the files
 * @param applied what there was
 * @param nanos how long it took
 */
public record LayerApplied(Digest digest, Digest diffId, String key, Applied applied, long nanos)
    implements Step {
  @Override
  public String verb() {
    return "apply";
  }

  @Override
  public String subject() {
    return digest.toString();
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("key", key);
    details.put("diffID", diffId.toString());
    details.put("entries", Long.toString(applied.entries()));
    details.put("bytes", Long.toString(applied.bytes()));
    details.put("nanos", Long.toString(nanos));
    return details;
  }
}
