package dev.phyllo.snapshots;

import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.Work;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.Unpacked;
import dev.phyllo.store.UnpackedRecords;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Turns the layers of an image into a chain of committed snapshots: prepare, apply, commit for
 * each.
 *
 * <p>Each snapshot is named by the chainID of the stack it ends (image specification, config.md),
 * so images that begin with the same layers share them, and a layer is unpacked once. That holds
 * also when two threads or processes come at the same time: whoever unpacks a chainID holds its
 * lock, and takes the locks of an image from the base up, so that nobody waits in a circle.
 *
 * <p>Where the snapshotter {@linkplain Snapshotter#canRebase() can rebase}, layers are applied at
 * the same time, one thread a processor. The order of what becomes visible is always: all files on
 * the disk, then the names from the base up, then the record that the image is unpacked. A process
 * that dies leaves snapshots that are complete and active ones with keys that begin with {@value
 * #KEY_PREFIX}, which the next attempt at the same layers or {@link #removeAbandoned} removes.
 *
 * <p>An image without layers is legal. It has no snapshots, its record has an empty list of
 * chainIDs, and a container of it gets {@code prepare(key, Optional.empty(), …)}: an empty root.
 */
public final class Unpacker {
  /**
   * How the keys of snapshots begin that are being unpacked: then a number, a space, the chainID.
   */
  public static final String KEY_PREFIX = "extract-";

  private static final String LOCK_PREFIX = "unpack-";

  private final ContentStore content;
  private final Snapshotter snapshots;
  private final UnpackedRecords records;
  private final Locks locks;
  private final StepListener steps;
  private final TarLimits limits;

  /**
   * Unpacks from a store into a snapshotter.
   *
   * @param content where the layers' blobs are
   * @param snapshots where the files go
   * @param records notes which images are ready to run
   * @param locks the namespace's locks
   * @param steps hears of each layer
   */
  public Unpacker(
      ContentStore content,
      Snapshotter snapshots,
      UnpackedRecords records,
      Locks locks,
      StepListener steps) {
    this(content, snapshots, records, locks, steps, TarLimits.DEFAULT);
  }

  /**
   * The same with other limits on what a layer may hold.
   *
   * @param limits apply to each layer
   */
  public Unpacker(
      ContentStore content,
      Snapshotter snapshots,
      UnpackedRecords records,
      Locks locks,
      StepListener steps,
      TarLimits limits) {
    this.content = content;
    this.snapshots = snapshots;
    this.records = records;
    this.locks = locks;
    this.steps = steps;
    this.limits = limits;
  }

  /**
   * Unpacks the layers of an image that are not unpacked yet. When it returns, all of them are
   * committed, durable and recorded. When it fails, what it prepared is gone.
   *
   * @param manifestDigest the digest of the manifest, by which the image is recorded
   * @return the record
   * @throws InvalidException if manifest and config disagree or a layer is not what the config
   *     says; the error names the layer
   * @throws UnsupportedException if a layer is of a type that cannot be unpacked
   * @throws dev.phyllo.oci.PhylloException if a blob is missing or a layer cannot be applied
   */
  public Unpacked unpack(Digest manifestDigest, Manifest manifest, ImageConfig config) {
    return unpack(manifestDigest, manifest, config, LayerBlobs.of(content));
  }

  /**
   * The same for an image whose blobs may still be on their way: each layer is unpacked as soon as
   * it is there.
   */
  public Unpacked unpack(
      Digest manifestDigest, Manifest manifest, ImageConfig config, LayerBlobs blobs) {
    String image = "image " + manifestDigest;
    List<Digest> chain = unpackLayers(image, manifest, config, blobs);
    Unpacked unpacked = new Unpacked(manifestDigest, manifest.config().digest(), chain);
    if (!records.find(snapshots.name(), manifestDigest).equals(Optional.of(unpacked))) {
      records.put(snapshots.name(), unpacked);
    }
    return unpacked;
  }

  /**
   * The same without a record: for layers that are no image yet, such as a build's on its way.
   *
   * @param image what errors call it
   * @return the names of the snapshots, base first
   */
  public List<Digest> unpackLayers(
      String image, Manifest manifest, ImageConfig config, LayerBlobs blobs) {
    check(image, manifest, config);
    List<Digest> chain = ChainId.of(config.diffIds());
    int first = chain.size();
    if (!chain.isEmpty() && !isCommitted(chain.getLast())) {
      List<FileLocker.Held> held = new ArrayList<>();
      try {
        first = lockMissing(chain, held);
        if (first < chain.size()) {
          removeStale(chain.subList(first, chain.size()));
          unpackFrom(first, image, manifest, config, chain, blobs);
        }
      } finally {
        for (FileLocker.Held lock : held.reversed()) {
          lock.close();
        }
      }
    }
    for (Descriptor shared : manifest.layers().subList(0, first)) {
      try (Work work = steps.begin(Work.Kind.UNPACK, shared.digest().toString(), shared.size())) {
        work.present();
      }
    }
    blobs.settle();
    return chain;
  }

  /**
   * Removes what killed processes left half-unpacked. Layers that someone is unpacking right now
   * are left alone.
   *
   * @return how many snapshots were removed
   */
  public int removeAbandoned() {
    int removed = 0;
    for (SnapshotInfo info : snapshots.list()) {
      int space = info.key().indexOf(' ');
      if (info.kind() != Kind.ACTIVE || !info.key().startsWith(KEY_PREFIX) || space < 0) {
        continue;
      }
      String chainId = info.key().substring(space + 1);
      if (!Digest.isValid(chainId)) {
        continue;
      }
      FileLocker.Held lock =
          locks.tryAcquire(lockName(Digest.parse(chainId)), Locks.Mode.EXCLUSIVE);
      if (lock != null) {
        try (lock) {
          if (snapshots.find(info.key()).isPresent()) {
            snapshots.remove(info.key());
            removed++;
          }
        }
      }
    }
    return removed;
  }

  private static void check(String image, Manifest manifest, ImageConfig config) {
    int layers = manifest.layers().size();
    int diffIds = config.diffIds().size();
    if (layers != diffIds) {
      throw new InvalidException(
          image, "the manifest has " + layers + " layers, the config " + diffIds + " diffIDs", "");
    }
    for (int i = 0; i < layers; i++) {
      Descriptor layer = manifest.layers().get(i);
      String where = where(image, i, layers);
      if (MediaTypes.isForeignLayer(layer.mediaType())) {
        throw new UnsupportedException(
            where,
            "a foreign layer, which is not part of the image: " + layer.mediaType(),
            "ask who made the image for one with all its layers");
      }
      if (!MediaTypes.isLayer(layer.mediaType())) {
        throw new UnsupportedException(
            where, "not a layer that can be unpacked: \"" + layer.mediaType() + "\"", "");
      }
      if (config.diffIds().get(i).algorithm() != Digest.Algorithm.SHA256) {
        throw new UnsupportedException(
            where,
            "its diffID is not SHA-256: " + config.diffIds().get(i),
            "have the image made again with sha256");
      }
    }
  }

  /** Takes the locks of all missing layers, from the base up, and tells which is the first. */
  private int lockMissing(List<Digest> chain, List<FileLocker.Held> held) {
    int first = chain.size();
    for (int i = 0; i < chain.size(); i++) {
      Digest chainId = chain.get(i);
      if (first == chain.size() && isCommitted(chainId)) {
        continue;
      }
      FileLocker.Held lock = locks.acquire(lockName(chainId), Locks.Mode.EXCLUSIVE);
      held.add(lock);
      if (isCommitted(chainId)) { // by whoever had the lock
        held.removeLast();
        lock.close();
      } else if (first == chain.size()) {
        first = i;
      }
    }
    return first;
  }

  /** Nobody else unpacks these layers, so what is there of them is left from a dead process. */
  private void removeStale(List<Digest> missing) {
    Set<String> names = new HashSet<>();
    for (Digest chainId : missing) {
      names.add(chainId.toString());
    }
    for (SnapshotInfo info : snapshots.list()) {
      int space = info.key().indexOf(' ');
      if (info.kind() == Kind.ACTIVE
          && info.key().startsWith(KEY_PREFIX)
          && names.contains(info.key().substring(space + 1))) {
        snapshots.remove(info.key());
      }
    }
  }

  private void unpackFrom(
      int first,
      String image,
      Manifest manifest,
      ImageConfig config,
      List<Digest> chain,
      LayerBlobs blobs) {
    int count = chain.size();
    if (snapshots.canRebase()) {
      List<LayerJob> jobs = new ArrayList<>();
      for (int i = first; i < count; i++) {
        jobs.add(job(i, image, manifest, config, chain, blobs));
      }
      new UnpackRun(snapshots, jobs).run();
      return;
    }
    for (int i = first; i < count; i++) { // a layer needs its parent committed
      new UnpackRun(snapshots, List.of(job(i, image, manifest, config, chain, blobs))).run();
    }
  }

  private LayerJob job(
      int i,
      String image,
      Manifest manifest,
      ImageConfig config,
      List<Digest> chain,
      LayerBlobs blobs) {
    return new LayerJob(
        where(image, i, chain.size()),
        manifest.layers().get(i),
        config.diffIds().get(i),
        chain.get(i),
        i == 0 ? Optional.empty() : Optional.of(chain.get(i - 1)),
        blobs,
        snapshots,
        limits,
        steps);
  }

  private boolean isCommitted(Digest chainId) {
    return snapshots
        .find(chainId.toString())
        .filter(info -> info.kind() == Kind.COMMITTED)
        .isPresent();
  }

  static String lockName(Digest chainId) {
    return LOCK_PREFIX + chainId.hex();
  }

  private static String where(String image, int index, int count) {
    return image + ", layer " + (index + 1) + " of " + count;
  }
}
