package dev.phyllo.snapshots;

import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.Work;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One layer of an image on its way from a blob to a snapshot. */
final class LayerJob implements AutoCloseable {
  private final String where;
  private final Descriptor layer;
  private final Digest diffId;
  private final Digest chainId;
  private final Optional<Digest> parent;
  private final LayerBlobs blobs;
  private final Snapshotter snapshots;
  private final TarLimits limits;
  private final StepListener steps;

  private final String key;
  private @Nullable LayerApplication application;
  private Usage usage = Usage.NONE;

  LayerJob(
      String where,
      Descriptor layer,
      Digest diffId,
      Digest chainId,
      Optional<Digest> parent,
      LayerBlobs blobs,
      Snapshotter snapshots,
      TarLimits limits,
      StepListener steps) {
    this.where = where;
    this.layer = layer;
    this.diffId = diffId;
    this.chainId = chainId;
    this.parent = parent;
    this.blobs = blobs;
    this.snapshots = snapshots;
    this.limits = limits;
    this.steps = steps;
    this.key =
        Unpacker.KEY_PREFIX
            + Long.toHexString(ThreadLocalRandom.current().nextLong())
            + " "
            + chainId;
  }

  String key() {
    return key;
  }

  Optional<Digest> parent() {
    return parent;
  }

  /**
   * Makes the snapshot.
   *
   * @param onParent whether the parent is committed already; otherwise it is given at the commit
   */
  void prepare(boolean onParent) {
    Optional<String> name = onParent ? parent.map(Digest::toString) : Optional.empty();
    snapshots.prepare(key, name, Map.of(), false);
  }

  Path directory() {
    return snapshots.layerDirectory(key);
  }

  /** Waits until the blob is there. */
  void await() {
    blobs.await(layer);
  }

  /**
   * Applies the entries and verifies the archive.
   *
   * @param lowers the directories of the layers below, top first; may wait until they are complete
   */
  void apply(Supplier<List<Path>> lowers, BooleanSupplier cancelled) {
    try {
      long start = System.nanoTime();
      WhiteoutStyle style = snapshots.whiteoutStyle();
      boolean first = parent.isEmpty() || style == WhiteoutStyle.PLAIN;
      LayerApplication started = new Applier(directory(), style, lowers, first, cancelled).start();
      application = started;
      try (Work work = steps.begin(Work.Kind.UNPACK, layer.digest().toString(), layer.size());
          InputStream blob = work.count(blobs.open(layer));
          LayerReader reader = LayerReader.open(blob, limits, layer.digest().toString())) {
        Applied applied = started.apply(reader.tar());
        Digest found = reader.finish();
        if (!found.equals(diffId)) {
          throw new CorruptException(
              layer.digest().toString(),
              "its content has the digest " + found + ", the config says " + diffId,
              "");
        }
        work.done();
        if (steps.isListening()) {
          long nanos = System.nanoTime() - start;
          steps.done(new LayerApplied(layer.digest(), found, key, applied, nanos));
        }
      } catch (IOException e) {
        throw new SystemException(layer.digest().toString(), e);
      }
      usage = Trees.usage(directory());
    } catch (PhylloException e) {
      throw located(e);
    }
  }

  /** All layers below are complete; after this, so is this one. */
  void finish() {
    try (LayerApplication started = application) {
      if (started != null) {
        started.finish();
      }
    } catch (PhylloException e) {
      throw located(e);
    }
  }

  Commit commit() {
    return new Commit(
        chainId.toString(), key, parent.map(Digest::toString), Map.of(), Optional.of(usage));
  }

  /** Undoes {@link #prepare}, as far as it came. */
  void abandon() {
    close();
    if (snapshots.find(key).isPresent()) {
      snapshots.remove(key);
    }
  }

  @Override
  public void close() {
    LayerApplication started = application;
    if (started != null) {
      started.close();
    }
  }

  /** The same error, saying which layer of which image. */
  private PhylloException located(PhylloException e) {
    String why = e.thing() + ": " + e.why();
    return switch (e) {
      case ConflictException _ -> new ConflictException(where, why, e.remedy(), e);
      case CorruptException _ -> new CorruptException(where, why, e.remedy(), e);
      case InvalidException _ -> new InvalidException(where, why, e.remedy(), e);
      case NotFoundException _ -> new NotFoundException(where, why, e.remedy(), e);
      case SystemException s -> new SystemException(where, why, s.remedy(), s.errno());
      case UnsupportedException _ -> new UnsupportedException(where, why, e.remedy(), e);
      default -> e;
    };
  }
}
