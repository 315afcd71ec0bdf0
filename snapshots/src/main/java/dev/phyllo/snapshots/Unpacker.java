package dev.phyllo.snapshots;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Locks;
import dev.phyllo.store.Unpacked;
import dev.phyllo.store.UnpackedRecords;

/** Skeleton. */
public final class Unpacker {
  /** Unpacks from a store into a snapshotter. */
  public Unpacker(
      ContentStore content,
      Snapshotter snapshots,
      UnpackedRecords records,
      Locks locks,
      StepListener steps) {}

  /** Unpacks an image. */
  public Unpacked unpack(Digest manifestDigest, Manifest manifest, ImageConfig config) {
    throw new UnsupportedOperationException();
  }

  /** Removes what killed processes left half-unpacked; returns how many snapshots. */
  public int removeAbandoned() {
    throw new UnsupportedOperationException();
  }
}
