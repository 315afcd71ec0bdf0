package dev.phyllo.store;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A namespace for tests, with an image that is made on the spot. */
final class TestStore {
  final NamespaceDirs dirs;
  final Locks locks;
  final List<Step> steps = Collections.synchronizedList(new ArrayList<>());
  final ContentStore content;
  final ImageStore images;

  TestStore(Path root) {
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
    content = new ContentStore(dirs, locks, listener);
    images = new ImageStore(dirs, locks, listener);
  }

  /** The blobs of an image: config, layers, and the manifest last. */
  record Blobs(List<byte[]> bytes, List<Descriptor> descriptors) {
    Descriptor manifest() {
      return descriptors.getLast();
    }
  }

  /** An image of one layer, which is a valid empty tar and different for each text. */
  static Blobs image(String text) {
    byte[] layer = new byte[10_240 + 512 * (text.length() % 3)]; // a tar of nothing
    Descriptor layerDescriptor = Descriptor.of(MediaTypes.OCI_LAYER, layer);
    byte[] config =
        new ImageConfig(
                Platform.of("linux", "amd64"),
                Optional.of("2026-01-01T00:00:00Z"),
                Optional.of(text),
                ProcessConfig.EMPTY.withCmd(List.of("/bin/" + text)),
                List.of(layerDescriptor.digest()),
                List.of(),
                dev.phyllo.oci.json.Json.Obj.EMPTY)
            .toBytes();
    Descriptor configDescriptor = Descriptor.of(MediaTypes.OCI_CONFIG, config);
    byte[] manifest = Manifest.of(configDescriptor, List.of(layerDescriptor)).toBytes();
    return new Blobs(
        List.of(layer, config, manifest),
        List.of(
            layerDescriptor, configDescriptor, Descriptor.of(MediaTypes.OCI_MANIFEST, manifest)));
  }

  /** Brings an image's blobs in one batch. */
  void ingest(Blobs image) {
    try (Batch batch = content.batch()) {
      for (int i = 0; i < image.bytes().size(); i++) {
        batch.ingest(image.descriptors().get(i), stream(image.bytes().get(i)));
      }
      batch.commit();
    }
  }

  /** Brings and names an image; its descriptor. */
  Descriptor add(String name, String text) {
    Blobs blobs = image(text);
    ingest(blobs);
    images.put(List.of(new Image(name, blobs.manifest())));
    return blobs.manifest();
  }

  /** Every image that is listed is whole: each blob it needs is there and verifies. */
  void verifyEverythingListed() {
    for (Image image : images.list()) {
      Manifest manifest =
          Manifest.parse(content.read(image.target(), 1 << 20), image.target().digest().toString());
      content.verify(manifest.config().digest());
      for (Descriptor layer : manifest.layers()) {
        content.verify(layer.digest());
      }
    }
    for (BlobInfo blob : content.list()) {
      content.verify(blob.digest());
    }
  }

  List<String> names() {
    return images.list().stream().map(Image::name).toList();
  }

  /** The names of the files in a directory; none if it is missing. */
  static List<String> filesIn(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static InputStream stream(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  static Descriptor blob(byte[] bytes) {
    return Descriptor.of(MediaTypes.OCI_LAYER, bytes);
  }

  static Digest digest(String text) {
    return Digest.sha256(bytes(text));
  }

  /** A stream that must not be read. */
  static InputStream unread() {
    return new InputStream() {
      @Override
      public int read() {
        throw new AssertionError("read although nothing should be");
      }

      @Override
      public int read(byte[] b, int off, int len) {
        throw new AssertionError("read although nothing should be");
      }
    };
  }
}
