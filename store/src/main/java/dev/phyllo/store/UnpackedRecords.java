package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import java.util.List;
import java.util.Optional;

/** Skeleton. */
public final class UnpackedRecords {
  /** The records of a namespace. */
  public UnpackedRecords(NamespaceDirs dirs) {}

  /** What is known of a manifest. */
  public Optional<Unpacked> find(String driver, Digest manifest) {
    throw new UnsupportedOperationException();
  }

  /** Records that a manifest is unpacked, durably. */
  public void put(String driver, Unpacked unpacked) {
    throw new UnsupportedOperationException();
  }

  /** Forgets a manifest. */
  public boolean remove(String driver, Digest manifest) {
    throw new UnsupportedOperationException();
  }

  /** All records of a driver. */
  public List<Unpacked> list(String driver) {
    throw new UnsupportedOperationException();
  }
}
