package dev.phyllo.engine;

import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.Whiteout;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An image as what its containers see: the merged tree, a description for each path, and the
 * configuration, a value for each field.
 *
 * @param tree descriptions by path
 * @param times modification times of the paths, seconds
 * @param config fields of the configuration that are not empty, as JSON
 */
record FlatImage(
    SortedMap<String, String> tree, Map<String, Long> times, SortedMap<String, String> config) {
  private static final int SHOWN = 200;

  /**
   * Reads an image.
   *
   * @param manifest the manifest
   * @param blobs where a blob is, by digest
   */
  static FlatImage read(Path manifest, Function<String, Path> blobs) throws IOException {
    Json.Obj document = object(manifest);
    TreeMap<String, String> config = new TreeMap<>();
    Json.Obj image = object(blobs.apply(digest(member(document, "config"))));
    for (String field : List.of("architecture", "os", "author")) {
      put(config, field, image.members().get(field));
    }
    if (image.members().get("config") instanceof Json.Obj inner) {
      inner.members().forEach((key, value) -> put(config, key, value));
    }
    TreeMap<String, String> tree = new TreeMap<>();
    TreeMap<String, Long> times = new TreeMap<>();
    for (Json layer : ((Json.Array) member(document, "layers")).items()) {
      try (InputStream in = Files.newInputStream(blobs.apply(digest(layer)));
          LayerReader reader = LayerReader.open(in, TarLimits.DEFAULT, "layer")) {
        apply(reader.tar(), tree, times);
      }
    }
    return new FlatImage(tree, times, config);
  }

  private static Json.Obj object(Path file) throws IOException {
    return (Json.Obj) JsonCodec.parse(Files.readAllBytes(file), file.toString());
  }

  private static Json member(Json of, String name) {
    Json value = ((Json.Obj) of).members().get(name);
    if (value == null) {
      throw new AssertionError("no " + name + " in " + of);
    }
    return value;
  }

  private static String digest(Json descriptor) {
    return ((Json.Text) member(descriptor, "digest")).value();
  }

  /** What is empty says no more than what is not there. */
  private static void put(SortedMap<String, String> config, String key, @Nullable Json value) {
    boolean empty =
        switch (value) {
          case null -> true;
          case Json.Null _ -> true;
          case Json.Bool(boolean set) -> !set;
          case Json.Num(String literal) -> literal.equals("0");
          case Json.Text(String text) -> text.isEmpty();
          case Json.Array(List<Json> items) -> items.isEmpty();
          case Json.Obj(Map<String, Json> members) -> members.isEmpty();
        };
    if (value == null || empty) {
      return;
    }
    if (value instanceof Json.Obj object) {
      object.members().forEach((inner, each) -> config.put(key + "." + inner, text(each)));
    } else {
      config.put(key, text(value));
    }
  }

  private static String text(Json value) {
    return new String(JsonCodec.toBytes(value), StandardCharsets.UTF_8).strip();
  }

  private static void apply(
      TarReader tar, TreeMap<String, String> tree, TreeMap<String, Long> times) throws IOException {
    TreeMap<String, String> above = new TreeMap<>();
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      RawPath name = entry.name().clean();
      switch (Whiteout.of(name)) {
        case null -> {
          String path = path(name);
          boolean directory = entry.type() == TarEntry.Type.DIRECTORY;
          if (!directory || !tree.getOrDefault(path, "").startsWith("directory")) {
            remove(tree, path, above);
          }
          String said = describe(entry, tar, tree);
          tree.put(path, said);
          above.put(path, said);
          times.put(path, entry.mtimeSeconds());
        }
        case Whiteout.Delete(RawPath path) -> remove(tree, path(path), above);
        case Whiteout.Opaque(RawPath path) ->
            tree.keySet().removeIf(p -> p.startsWith(path(path) + "/") && !above.containsKey(p));
        case Whiteout.Metadata _ -> {}
      }
    }
  }

  private static String path(RawPath name) {
    String text = "/" + new String(name.bytes(), StandardCharsets.UTF_8);
    return text.equals("/.") ? "/" : text;
  }

  private static void remove(
      TreeMap<String, String> tree, String path, TreeMap<String, String> above) {
    tree.keySet()
        .removeIf(p -> (p.equals(path) || p.startsWith(path + "/")) && !above.containsKey(p));
  }

  /** Type, mode, owner, content or target, attributes; a hard link is described as its target. */
  private static String describe(TarEntry entry, TarReader tar, SortedMap<String, String> tree)
      throws IOException {
    String owner =
        " " + Integer.toOctalString(entry.mode() & 07777) + " " + entry.uid() + ":" + entry.gid();
    StringBuilder said = new StringBuilder();
    switch (entry.type()) {
      case HARDLINK -> {
        String target = tree.get(path(entry.linkName().clean()));
        return target == null ? "hardlink to nothing" : target;
      }
      case SYMLINK ->
          // Links have no mode of their own: what an archive says of it is noise.
          said.append("symlink ").append(entry.uid()).append(':').append(entry.gid());
      case FILE -> said.append("file").append(owner);
      case DIRECTORY -> said.append("directory").append(owner);
      case FIFO -> said.append("fifo").append(owner);
      default ->
          said.append(entry.type())
              .append(owner)
              .append(' ')
              .append(entry.deviceMajor())
              .append(',')
              .append(entry.deviceMinor());
    }
    if (entry.type() == TarEntry.Type.SYMLINK) {
      said.append(" -> ").append(entry.linkName());
    }
    if (entry.type() == TarEntry.Type.FILE) {
      said.append(' ').append(content(tar.content()));
    }
    List<String> attributes = new ArrayList<>();
    entry
        .xattrs()
        .forEach((name, value) -> attributes.add(name + "=" + HexFormat.of().formatHex(value)));
    if (!attributes.isEmpty()) {
      said.append(' ').append(attributes);
    }
    return said.toString();
  }

  private static String content(InputStream in) throws IOException {
    byte[] bytes = in.readAllBytes();
    if (bytes.length <= SHOWN) {
      return new String(bytes, StandardCharsets.UTF_8).replace("\n", "\\n");
    }
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return bytes.length + " bytes " + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
