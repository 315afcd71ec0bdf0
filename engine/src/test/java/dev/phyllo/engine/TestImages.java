package dev.phyllo.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Images made on the spot, and what a store's tree holds. */
final class TestImages {
  private TestImages() {}

  /** Snapshots need root on Linux. */
  static void assumeRoot() throws IOException {
    assumeTrue(Phyllo.canRun(), "layers are unpacked on Linux only");
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "snapshots need root");
  }

  /** A layer with a few files that are the same for the same name. */
  static byte[] layer(String name, int files, int size) {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter out = new TarWriter(tar)) {
      out.entry(
          TarEntry.builder(RawPath.of(name + "/"), TarEntry.Type.DIRECTORY).mode(0755).build());
      for (int i = 0; i < files; i++) {
        byte[] content = new byte[size + i];
        new Random(name.hashCode() + i).nextBytes(content);
        out.entry(
            TarEntry.builder(RawPath.of(name + "/file" + i), TarEntry.Type.FILE)
                .mode(0644)
                .mtime(1_700_000_000, 0)
                .size(content.length)
                .build(),
            content);
      }
      out.entry(
          TarEntry.builder(RawPath.of(name + "/empty"), TarEntry.Type.FILE).mode(0600).build());
      out.entry(
          TarEntry.builder(RawPath.of(name + "/link"), TarEntry.Type.SYMLINK)
              .mode(0777)
              .linkName(RawPath.of("file0"))
              .build());
      out.entry(
          TarEntry.builder(RawPath.of(name + "/hard"), TarEntry.Type.HARDLINK)
              .linkName(RawPath.of(name + "/file0"))
              .build());
    }
    return tar.toByteArray();
  }

  /** An OCI layout with an image of these layers, gzip-compressed. */
  static Path layout(Path dir, String name, byte[]... tars) throws IOException {
    Files.createDirectories(dir.resolve("blobs/sha256"));
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    for (byte[] tar : tars) {
      ByteArrayOutputStream zipped = new ByteArrayOutputStream();
      try (OutputStream out = Compression.GZIP.compress(zipped)) {
        out.write(tar);
      }
      layers.add(blob(dir, MediaTypes.OCI_LAYER_GZIP, zipped.toByteArray()));
      diffIds.add(Descriptor.of(MediaTypes.OCI_LAYER, tar).digest());
    }
    ImageConfig config =
        ImageConfig.of(Platform.host(), ProcessConfig.EMPTY.withCmd(List.of("/" + name)), diffIds);
    Descriptor configBlob = blob(dir, MediaTypes.OCI_CONFIG, config.toBytes());
    Descriptor manifest =
        blob(dir, MediaTypes.OCI_MANIFEST, Manifest.of(configBlob, layers).toBytes());
    Descriptor named =
        manifest.withAnnotations(
            Map.of(Descriptor.REF_NAME, "docker.io/library/" + name + ":latest"));
    Files.write(dir.resolve("index.json"), Index.of(List.of(named)).toBytes());
    Files.writeString(dir.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return dir;
  }

  static Descriptor blob(Path layout, String mediaType, byte[] bytes) throws IOException {
    Descriptor d = Descriptor.of(mediaType, bytes);
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.write(layout.resolve("blobs/sha256").resolve(d.digest().hex()), bytes);
    return d;
  }

  /**
   * Everything below a namespace but lock files and times: type, mode and size of each file, with
   * the content of those that are not blobs or files of a snapshot.
   */
  static Map<String, String> tree(Path root) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    Path base = root.resolve("ns/default");
    if (!Files.exists(base)) {
      return tree;
    }
    try (Stream<Path> all = Files.walk(base)) {
      for (Path file : (Iterable<Path>) all::iterator) {
        String name = base.relativize(file).toString();
        if (name.startsWith("locks")) {
          continue;
        }
        boolean directory = Files.isDirectory(file, java.nio.file.LinkOption.NOFOLLOW_LINKS);
        tree.put(name, directory ? "directory" : "file of " + Files.size(file));
      }
    }
    return tree;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
