package dev.phyllo.transports.builder;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.HashingOutputStream;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A directory as a layer, on any system: entries sorted by name, owned by root, with one time, and
 * of mode 0755 for directories and what can be executed, 0644 for other files. So the same files
 * make the same layer wherever and whenever it is made.
 *
 * @param descriptor the layer's
 * @param diffId the digest of its archive before compression
 * @param file its bytes
 */
record DirectoryLayer(Descriptor descriptor, Digest diffId, Path file) {
  private static final int BUFFER = 128 << 10;
  private static final int MAX_DEPTH = 256;

  /**
   * Packs a directory, or a single file, into a temporary file.
   *
   * @param target where it is in the image, such as {@code /app/classes}
   * @param epochSeconds the time of every entry
   */
  static DirectoryLayer pack(
      Path source, String target, Compression compression, long epochSeconds) {
    if (!Files.exists(source)) {
      throw new NotFoundException(source.toString(), "no such file or directory", "check the path");
    }
    String name = clean(target);
    try {
      Path file = Files.createTempFile("phyllo-layer-", ".blob");
      boolean done = false;
      try (HashingOutputStream blob =
          new HashingOutputStream(
              new BufferedOutputStream(Files.newOutputStream(file), BUFFER),
              Digest.Algorithm.SHA256)) {
        Digest diffId;
        try (HashingOutputStream tar =
            new HashingOutputStream(compression.compress(blob), Digest.Algorithm.SHA256)) {
          TarWriter writer = new TarWriter(tar);
          parents(writer, name, epochSeconds);
          add(writer, source, name, epochSeconds, 0);
          writer.finish();
          diffId = tar.digest();
        }
        done = true;
        return new DirectoryLayer(
            Descriptor.of(compression.layerMediaType(), blob.digest(), blob.count()), diffId, file);
      } finally {
        if (!done) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new SystemException(source.toString(), e);
    }
  }

  private static String clean(String target) {
    List<String> parts = new ArrayList<>();
    for (String part : target.split("/", -1)) {
      if (part.equals("..") || part.indexOf('\0') >= 0) {
        throw new InvalidException(target, "not a place in an image", "write it without ..");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  private static void parents(TarWriter writer, String name, long epochSeconds) {
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      writer.entry(directory(name.substring(0, slash), epochSeconds));
    }
  }

  private static TarEntry directory(String name, long epochSeconds) {
    return TarEntry.builder(RawPath.of(name), TarEntry.Type.DIRECTORY)
        .mode(0755)
        .mtime(epochSeconds, 0)
        .build();
  }

  private static void add(TarWriter writer, Path path, String name, long epochSeconds, int depth)
      throws IOException {
    if (depth > MAX_DEPTH) {
      throw new InvalidException(
          path.toString(),
          "nested deeper than " + MAX_DEPTH,
          "take fewer directories into the layer");
    }
    BasicFileAttributes attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.isDirectory()) {
      if (!name.isEmpty()) {
        writer.entry(directory(name, epochSeconds));
      }
      List<Path> children = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
        stream.forEach(children::add);
      }
      children.sort(Comparator.comparing(child -> child.getFileName().toString()));
      for (Path child : children) {
        String childName = child.getFileName().toString();
        add(
            writer,
            child,
            name.isEmpty() ? childName : name + "/" + childName,
            epochSeconds,
            depth + 1);
      }
    } else if (attributes.isSymbolicLink()) {
      String link = Files.readSymbolicLink(path).toString().replace('\\', '/');
      writer.entry(
          TarEntry.builder(RawPath.of(name), TarEntry.Type.SYMLINK)
              .mode(0777)
              .mtime(epochSeconds, 0)
              .linkName(RawPath.of(link))
              .build());
    } else if (attributes.isRegularFile()) {
      try (InputStream in = Files.newInputStream(path)) {
        writer.entry(
            TarEntry.builder(RawPath.of(name), TarEntry.Type.FILE)
                .mode(Files.isExecutable(path) ? 0755 : 0644)
                .size(attributes.size())
                .mtime(epochSeconds, 0)
                .build(),
            in);
      }
    } else {
      throw new InvalidException(
          path.toString(), "neither file, directory nor link", "leave it out");
    }
  }
}
