package dev.phyllo.transports.registry;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.NioFileLocker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A registry for the tests of a class, and images made on the spot. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RegistryTestBase {
  static final RegistryOptions OPTIONS =
      RegistryOptions.DEFAULT
          .withRuleFiles(List.of())
          .withAuthFile(Path.of("/nonexistent/config.json"))
          .withRetries(5, Duration.ofMillis(5), Duration.ofSeconds(5));

  Path directory;
  DockerRegistry registry;
  private int stores;

  @BeforeAll
  void startRegistry(@TempDir Path shared) throws Exception {
    directory = shared;
    registry = DockerRegistry.start(directory.resolve("registry"));
  }

  @AfterAll
  void stopRegistry() throws Exception {
    if (registry != null) {
      registry.close();
    }
  }

  Reference reference(String host, String rest) {
    return Reference.parse(host + "/" + rest);
  }

  /** An image: every blob by digest, and the manifest. */
  record TestImage(Map<Digest, byte[]> blobs, Descriptor descriptor, byte[] manifest) {
    Manifest parsed() {
      return Manifest.parse(manifest, "");
    }
  }

  /** An image of layers with a file each, of so many random bytes. */
  static TestImage image(int seed, int... sizes) throws IOException {
    return image(seed, Compression.GZIP, Digest.Algorithm.SHA256, sizes);
  }

  static TestImage image(
      int seed, Compression compression, Digest.Algorithm algorithm, int... sizes)
      throws IOException {
    Map<Digest, byte[]> blobs = new LinkedHashMap<>();
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    Random random = new Random(seed);
    for (int i = 0; i < sizes.length; i++) {
      byte[] content = new byte[sizes[i]];
      random.nextBytes(content);
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      try (TarWriter writer = new TarWriter(tar)) {
        writer.entry(
            TarEntry.builder(RawPath.of("file" + i), TarEntry.Type.FILE)
                .mode(0644)
                .size(content.length)
                .build(),
            content);
      }
      diffIds.add(Digest.sha256(tar.toByteArray()));
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (OutputStream out = compression.compress(packed)) {
        out.write(tar.toByteArray());
      }
      layers.add(blob(blobs, algorithm, compression.layerMediaType(), packed.toByteArray()));
    }
    byte[] config =
        ImageConfig.of(Platform.host(), ProcessConfig.EMPTY.withCmd(List.of("/x" + seed)), diffIds)
            .toBytes();
    Descriptor configDescriptor = blob(blobs, algorithm, MediaTypes.OCI_CONFIG, config);
    byte[] manifest = Manifest.of(configDescriptor, layers).toBytes();
    return new TestImage(blobs, Descriptor.of(MediaTypes.OCI_MANIFEST, manifest), manifest);
  }

  static Descriptor blob(
      Map<Digest, byte[]> blobs, Digest.Algorithm algorithm, String type, byte[] bytes) {
    Digest digest = Digest.of(algorithm, algorithm.newMessageDigest().digest(bytes));
    blobs.put(digest, bytes);
    return Descriptor.of(type, digest, bytes.length);
  }

  /** Puts an image into the registry, by our own client. */
  void push(TestImage image, String repository, String tag) {
    try (RegistryClient client = RegistryClient.open(OPTIONS)) {
      Repository to = client.repository(reference(registry.host(), repository));
      image
          .blobs()
          .forEach((digest, bytes) -> {
            if (!to.hasBlob(digest)) {
              to.upload(
                  Descriptor.of("", digest, bytes.length),
                  offset ->
                      new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset));
            }
          });
      to.push(tag, image.descriptor(), image.manifest());
    }
  }

  /** A new store. */
  ContentStore store() {
    NamespaceDirs dirs = NamespaceDirs.open(directory.resolve("store" + stores++), "default");
    return store(dirs);
  }

  static ContentStore store(NamespaceDirs dirs) {
    return new ContentStore(
        dirs, new Locks(dirs.locks(), NioFileLocker.INSTANCE), StepListener.NONE);
  }
}
