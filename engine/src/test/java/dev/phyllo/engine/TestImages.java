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
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  private static final Pattern ID = Pattern.compile("\"id\":\"([0-9]+)\"");
  private static final Pattern DIRECTORY = Pattern.compile("(snapshots/[^/]+)/([0-9]+)(/.*)?");

  /**
   * Everything below a namespace but lock files: each name with its type and size. The numbers of
   * snapshots, which differ from one history to the next, are replaced by the snapshots' keys.
   */
  static Map<String, String> tree(Path root) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    Path base = root.resolve("ns/default");
    if (!Files.exists(base)) {
      return tree;
    }
    Map<String, String> keys = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> all = Files.walk(base)) {
      files = all.toList();
    }
    for (Path file : files) {
      String name = base.relativize(file).toString();
      if (isRecord(name)) {
        Matcher id = ID.matcher(Files.readString(file));
        if (id.find()) {
          keys.put(id.group(1), file.getFileName().toString());
        }
      }
    }
    for (Path file : files) {
      String name = base.relativize(file).toString();
      if (name.startsWith("locks") || name.endsWith("/last-id")) {
        continue;
      }
      Matcher in = DIRECTORY.matcher(name);
      if (in.matches()) {
        String key = keys.getOrDefault(in.group(2), in.group(2));
        name = in.group(1) + "/" + key + (in.group(3) == null ? "" : in.group(3));
      }
      boolean directory = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
      tree.put(name, directory ? "directory" : isRecord(name) ? "record" : "file of " + size(file));
    }
    return tree;
  }

  /** What two trees do not have in common, a line each. */
  static String difference(Map<String, String> expected, Map<String, String> actual) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> e : expected.entrySet()) {
      if (!e.getValue().equals(actual.get(e.getKey()))) {
        text.append("lacks ").append(e).append('\n');
      }
    }
    for (Map.Entry<String, String> e : actual.entrySet()) {
      if (!e.getValue().equals(expected.get(e.getKey()))) {
        text.append("has ").append(e).append('\n');
      }
    }
    return text.toString();
  }

  private static boolean isRecord(String name) {
    return name.startsWith("snapshots/")
        && (name.contains("/committed/") || name.contains("/active/"))
        && name.endsWith(".json");
  }

  private static long size(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).size();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
