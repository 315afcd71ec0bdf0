package dev.phyllo.snapshots;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.store.Unpacked;
import dev.phyllo.store.UnpackedRecords;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A namespace for tests with everything that unpacking needs. */
final class TestSpace {
  final NamespaceDirs dirs;
  final Locks locks;
  final List<Step> steps = Collections.synchronizedList(new ArrayList<>());
  final ContentStore content;
  final Snapshotter snapshots;
  final UnpackedRecords records;
  final Unpacker unpacker;

  /** A namespace whose layers overlayfs merges. */
  TestSpace(Path root) {
    this(root, OverlaySnapshotter.NAME);
  }

  /**
   * A namespace.
   *
   * @param snapshotter the name of its snapshotter
   */
  TestSpace(Path root, String snapshotter) {
    dirs = NamespaceDirs.open(root, "default");
    locks = new Locks(dirs.locks(), NioFileLocker.INSTANCE);
    StepListener listener =
        new StepListener() {
          @Override
          public boolean isListening() {
            return true;
          }

          @Override
          public void done(Step step) {
            steps.add(step);
          }
        };
    content = new ContentStore(dirs, locks, StepListener.NONE);
    snapshots =
        snapshotter.equals(NativeSnapshotter.NAME)
            ? new NativeSnapshotter(dirs, locks, listener)
            : new OverlaySnapshotter(dirs, locks, listener);
    records = new UnpackedRecords(dirs);
    unpacker = new Unpacker(content, snapshots, records, locks, listener);
  }

  /** An image whose blobs are in the store. */
  record TestImage(Digest digest, Manifest manifest, ImageConfig config) {}

  /** An image of these archives, compressed or not in turns. */
  TestImage image(byte[]... archives) {
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    for (byte[] archive : archives) {
      Compression compression = layers.size() % 2 == 0 ? Compression.GZIP : Compression.NONE;
      byte[] blob = compress(archive, compression);
      layers.add(put(Descriptor.of(compression.layerMediaType(), blob), blob));
      diffIds.add(Digest.sha256(archive));
    }
    return image(layers, diffIds);
  }

  TestImage image(List<Descriptor> layers, List<Digest> diffIds) {
    ImageConfig config =
        ImageConfig.of(Platform.of("linux", "amd64"), ProcessConfig.EMPTY, diffIds);
    byte[] bytes = config.toBytes();
    Manifest manifest =
        Manifest.of(put(Descriptor.of(MediaTypes.OCI_CONFIG, bytes), bytes), layers);
    return new TestImage(Digest.sha256(manifest.toBytes()), manifest, config);
  }

  Descriptor put(Descriptor descriptor, byte[] bytes) {
    content.ingest(descriptor, new ByteArrayInputStream(bytes));
    return descriptor;
  }

  Unpacked unpack(TestImage image) {
    return unpacker.unpack(image.digest(), image.manifest(), image.config());
  }

  List<String> keys() {
    return snapshots.list().stream().map(SnapshotInfo::key).toList();
  }

  static byte[] compress(byte[] bytes, Compression compression) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (OutputStream out = compression.compress(all)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toByteArray();
  }
}
