package dev.phyllo.engine;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.HashingInputStream;
import dev.phyllo.layers.KeptOpen;
import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What reading a layer's blob from beginning to end tells, in one pass.
 *
 * @param digest the digest of its bytes
 * @param size how many they are
 * @param compression how it is compressed, if it can be read as an archive
 * @param diffId the digest of the archive in it, if it can be read
 * @param problem why it cannot be read as an archive
 */
record StoredLayer(
    Digest digest,
    long size,
    Optional<Compression> compression,
    Optional<Digest> diffId,
    Optional<String> problem) {

  /**
   * Reads a blob, whatever is wrong with it.
   *
   * @param visitor reads as many of the entries as it likes
   */
  static StoredLayer read(ContentStore content, Digest blob, Consumer<TarReader> visitor) {
    try (HashingInputStream in = new HashingInputStream(content.open(blob), blob.algorithm())) {
      Optional<Compression> compression = Optional.empty();
      Optional<Digest> diffId = Optional.empty();
      Optional<String> problem = Optional.empty();
      try (LayerReader layer =
          LayerReader.open(new KeptOpen(in), TarLimits.DEFAULT, blob.toString())) {
        compression = Optional.of(layer.compression());
        visitor.accept(layer.tar());
        while (layer.tar().next() != null) {
          // Only that it can be read counts.
        }
        diffId = Optional.of(layer.finish());
      } catch (PhylloException e) {
        problem = Optional.of(e.why());
      }
      byte[] rest = new byte[1 << 16];
      while (in.read(rest) >= 0) {
        // The digest is of all bytes, also of those behind the damage.
      }
      return new StoredLayer(in.digest(), in.count(), compression, diffId, problem);
    } catch (IOException e) {
      throw new SystemException(blob.toString(), e);
    }
  }
}
