package dev.phyllo.transports;

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
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds image sources of every kind, good and bad, in memory. */
final class SourceBuilder {
  static final Platform AMD64 = Platform.of("linux", "amd64");
  static final Platform ARM64 = Platform.of("linux", "arm64");

  /** A layer: its tar, and the blob that is the tar compressed or not. */
  record Layer(byte[] tar, byte[] blob, Compression compression) {
    Digest diffId() {
      return Digest.sha256(tar);
    }

    Descriptor descriptor() {
      return Descriptor.of(compression.layerMediaType(), blob);
    }
  }

  private record Item(String name, byte[] content, Optional<String> link, TarEntry.Type type) {}

  private final List<Item> items = new ArrayList<>();
  private final List<Descriptor> index = new ArrayList<>();
  private String prefix = "";

  /** A layer of one file with this text, padded to so many bytes of noise. */
  static Layer layer(String text, int noise, Compression compression) {
    byte[] content = new byte[noise];
    new java.util.Random(text.hashCode()).nextBytes(content);
    SourceBuilder files =
        new SourceBuilder()
            .file("text", text.getBytes(StandardCharsets.UTF_8))
            .file("noise", content);
    byte[] tar = files.tar();
    return new Layer(tar, compress(tar, compression), compression);
  }

  static byte[] compress(byte[] bytes, Compression compression) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream c = compression == Compression.NONE ? out : compression.compress(out)) {
      c.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] config(Platform platform, List<Digest> diffIds) {
    return ImageConfig.of(platform, ProcessConfig.EMPTY, diffIds).toBytes();
  }

  /** Names of entries begin with this, such as {@code ./}. */
  SourceBuilder prefix(String newPrefix) {
    prefix = newPrefix;
    return this;
  }

  SourceBuilder file(String name, byte[] content) {
    items.add(new Item(name, content, Optional.empty(), TarEntry.Type.FILE));
    return this;
  }

  SourceBuilder file(String name, String text) {
    return file(name, text.getBytes(StandardCharsets.UTF_8));
  }

  SourceBuilder symlink(String name, String target) {
    items.add(new Item(name, new byte[0], Optional.of(target), TarEntry.Type.SYMLINK));
    return this;
  }

  SourceBuilder hardlink(String name, String target) {
    items.add(new Item(name, new byte[0], Optional.of(target), TarEntry.Type.HARDLINK));
    return this;
  }

  SourceBuilder remove(String name) {
    items.removeIf(i -> i.name().equals(name));
    return this;
  }

  SourceBuilder replace(String name, byte[] content) {
    items.replaceAll(i -> i.name().equals(name) ? new Item(name, content, i.link(), i.type()) : i);
    return this;
  }

  byte[] content(String name) {
    return items.stream().filter(i -> i.name().equals(name)).findFirst().orElseThrow().content();
  }

  SourceBuilder blob(byte[] content) {
    String name = ImageFiles.blobName(Digest.sha256(content));
    return remove(name).file(name, content);
  }

  /** An OCI image of these layers; its manifest's descriptor. */
  Descriptor ociImage(Platform platform, Layer... layers) {
    List<Descriptor> descriptors = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    for (Layer layer : layers) {
      blob(layer.blob());
      descriptors.add(layer.descriptor());
      diffIds.add(layer.diffId());
    }
    byte[] config = config(platform, diffIds);
    blob(config);
    return manifest(Manifest.of(Descriptor.of(MediaTypes.OCI_CONFIG, config), descriptors));
  }

  Descriptor manifest(Manifest manifest) {
    byte[] bytes = manifest.toBytes();
    blob(bytes);
    return Descriptor.of(MediaTypes.OCI_MANIFEST, bytes);
  }

  Descriptor nested(Descriptor... manifests) {
    byte[] bytes = Index.of(List.of(manifests)).toBytes();
    blob(bytes);
    return Descriptor.of(MediaTypes.OCI_INDEX, bytes);
  }

  SourceBuilder named(Descriptor d, String refName) {
    index.add(d.withAnnotations(Map.of(Descriptor.REF_NAME, refName)));
    return this;
  }

  SourceBuilder top(Descriptor d) {
    index.add(d);
    return this;
  }

  /** Writes the files that make an OCI layout of the blobs so far. */
  SourceBuilder layout() {
    return file("oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}")
        .file("index.json", Index.of(index).toBytes());
  }

  /** A docker archive as docker saved it before version 25. */
  SourceBuilder dockerImage(List<String> tags, Layer... layers) {
    return dockerImage(tags, "/layer.tar", layers);
  }

  SourceBuilder dockerImage(List<String> tags, String layerSuffix, Layer... layers) {
    List<Digest> diffIds = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Layer layer : layers) {
      String name = Digest.sha256(layer.blob()).hex() + layerSuffix;
      remove(name).file(name, layer.blob());
      names.add(name);
      diffIds.add(layer.diffId());
    }
    byte[] config = config(AMD64, diffIds);
    String configName = Digest.sha256(config).hex() + ".json";
    file(configName, config);
    return dockerManifest(dockerItem(configName, tags, names));
  }

  static String dockerItem(String config, List<String> tags, List<String> layers) {
    return "{\"Config\":\""
        + config
        + "\",\"RepoTags\":"
        + (tags.isEmpty() ? "null" : list(tags))
        + ",\"Layers\":"
        + list(layers)
        + "}";
  }

  /** Adds an image to manifest.json. */
  SourceBuilder dockerManifest(String item) {
    Map<String, String> known = new LinkedHashMap<>();
    items.stream()
        .filter(i -> i.name().equals("manifest.json"))
        .forEach(i -> known.put("", new String(i.content(), StandardCharsets.UTF_8)));
    String before = known.getOrDefault("", "[]");
    String list =
        before.equals("[]")
            ? "[" + item + "]"
            : before.substring(0, before.length() - 1) + "," + item + "]";
    return remove("manifest.json").file("manifest.json", list);
  }

  private static String list(List<String> texts) {
    return texts.isEmpty() ? "[]" : "[\"" + String.join("\",\"", texts) + "\"]";
  }

  byte[] tar() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      for (Item item : items) {
        TarEntry.Builder entry = TarEntry.builder(RawPath.of(prefix + item.name()), item.type());
        item.link().ifPresent(link -> entry.linkName(RawPath.of(link)));
        if (item.type() == TarEntry.Type.FILE) {
          tar.entry(entry.mode(0644).size(item.content().length).build(), item.content());
        } else {
          tar.entry(entry.mode(0777).build());
        }
      }
    }
    return out.toByteArray();
  }

  Path tarFile(Path file) throws IOException {
    return Files.write(file, tar());
  }

  Path directory(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (Item item : items) {
      Path file = directory.resolve(item.name());
      Files.createDirectories(file.getParent());
      switch (item.type()) {
        case FILE -> Files.write(file, item.content());
        case SYMLINK -> Files.createSymbolicLink(file, Path.of(item.link().orElseThrow()));
        case HARDLINK -> Files.createLink(file, directory.resolve(item.link().orElseThrow()));
        default -> throw new IllegalArgumentException(item.type().toString());
      }
    }
    return directory;
  }
}
