package dev.phyllo.engine;

import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Platform;
import dev.phyllo.snapshots.Unpacker;
import dev.phyllo.store.Image;
import dev.phyllo.store.Lease;
import dev.phyllo.store.Unpacked;
import dev.phyllo.store.UnpackedRecords;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From images in the store to their layers on disk. */
final class Unpacking {
  private final Phyllo engine;

  Unpacking(Phyllo engine) {
    this.engine = engine;
  }

  /** What unpacking an image made, unpacking it first if that has not happened yet. */
  Unpacked of(Image image) {
    return of(image, null);
  }

  /**
   * The same for somebody who waits.
   *
   * @param waiting is told before something long is done; null for nobody
   */
  Unpacked of(Image image, @Nullable LifeRequest waiting) {
    UnpackedRecords records = engine.unpackedRecords();
    String driver = engine.options().snapshotter();
    Optional<Unpacked> record = records.find(driver, image.target().digest());
    if (record.isPresent()) {
      return record.get();
    }
    Images.Chosen chosen = engine.imageReader().choose(image.target(), platform(waiting));
    record = records.find(driver, chosen.descriptor().digest());
    if (record.isPresent()) {
      return record.get();
    }
    if (waiting != null) {
      waiting.longWorkComes();
    }
    return unpack(chosen);
  }

  private static Platform platform(@Nullable LifeRequest wanted) {
    return wanted == null ? Platform.host() : wanted.platform().orElseGet(Platform::host);
  }

  Unpacked unpack(Images.Chosen chosen) {
    try (Lease lease = engine.leases().begin()) {
      return Advice.orElse(Advice.STORED, () -> unpack(chosen, lease));
    }
  }

  /** Unpacks an image; the lease keeps its blobs and snapshots until it has a name. */
  Unpacked unpack(Images.Chosen chosen, Lease lease) {
    lease.protect(chosen.descriptor().digest());
    lease.protect(chosen.manifest().config().digest());
    for (Descriptor layer : chosen.manifest().layers()) {
      lease.protect(layer.digest());
    }
    ImageConfig config = engine.imageReader().config(chosen.manifest());
    for (Digest chainId : ChainId.of(config.diffIds())) {
      lease.protectSnapshot(chainId.toString());
    }
    EngineOptions options = engine.options();
    return new Unpacker(
            engine.content(),
            engine.snapshotter(),
            engine.unpackedRecords(),
            engine.locks(),
            options.steps(),
            options.layerLimits())
        .unpack(chosen.descriptor().digest(), chosen.manifest(), config);
  }
}
