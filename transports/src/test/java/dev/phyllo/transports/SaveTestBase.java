package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.NioFileLocker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Images in a store, and ways to save them and load them again. */
abstract class SaveTestBase extends InteropTestBase {
  static final SourceBuilder.Layer BASE = SourceBuilder.layer("base", 90_000, Compression.GZIP);
  static final SourceBuilder.Layer ZSTD = SourceBuilder.layer("zstd", 3000, Compression.ZSTD);
  static final SourceBuilder.Layer PLAIN = SourceBuilder.layer("plain", 500, Compression.NONE);

  private int saves;

  /** Two images that share their base, in the store; the second has all compressions. */
  List<SavedImage> two() throws IOException {
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, BASE), "docker.io/library/app:1");
    source.named(
        source.ociImage(SourceBuilder.AMD64, BASE, ZSTD, PLAIN), "docker.io/library/app:2");
    return stored(source.layout(), LoadOptions.DEFAULT);
  }

  /** An index of two platforms, in the store with both. */
  SavedImage index() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor amd = source.ociImage(SourceBuilder.AMD64, BASE, ZSTD);
    Descriptor arm = source.ociImage(SourceBuilder.ARM64, PLAIN);
    source.named(
        source.nested(amd.withPlatform(SourceBuilder.AMD64), arm.withPlatform(SourceBuilder.ARM64)),
        "docker.io/library/multi:latest");
    return stored(source.layout(), LoadOptions.DEFAULT.withAllPlatforms(true)).getFirst();
  }

  List<SavedImage> stored(SourceBuilder source, LoadOptions options) throws IOException {
    return saved(load(source, Form.FILE, options));
  }

  static List<SavedImage> saved(List<LoadedImage> images) {
    return images.stream().map(i -> new SavedImage(i.names(), i.target())).toList();
  }

  static SavedImage under(SavedImage image, String... names) {
    return new SavedImage(Stream.of(names).map(Reference::parse).toList(), image.target());
  }

  ImageSaver saver() {
    return new ImageSaver(store, NioFileLocker.INSTANCE, StepListener.NONE);
  }

  /** Saves to a new place; the file or directory. */
  Path save(SaveFormat format, List<SavedImage> images) {
    return save(SaveOptions.of(format), images);
  }

  Path save(SaveOptions options, List<SavedImage> images) {
    Path to = temp.resolve("saved" + ++saves + "-" + options.format().word());
    saver().save(images, to, options);
    return to;
  }

  /** Loads into a fresh store, all platforms. */
  List<LoadedImage> reload(Path source) {
    freshStore();
    return new ImageLoader(store, StepListener.NONE)
        .load(source, LoadOptions.DEFAULT.withAllPlatforms(true));
  }

  /** Name of each image's first name, and digest. */
  static List<String> digests(List<LoadedImage> images) {
    List<String> list = new ArrayList<>();
    for (LoadedImage image : images) {
      list.add(names(image) + " " + image.target().digest());
    }
    return list;
  }

  /** The files of a saved archive or directory by name. */
  static SortedMap<String, byte[]> files(Path saved) throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    if (Files.isDirectory(saved)) {
      try (Stream<Path> all = Files.walk(saved)) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          files.put(saved.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
      return files;
    }
    try (dev.phyllo.layers.TarReader tar =
        new dev.phyllo.layers.TarReader(
            Files.newInputStream(saved), dev.phyllo.layers.TarLimits.DEFAULT, "saved")) {
      for (var entry = tar.next(); entry != null; entry = tar.next()) {
        if (entry.type() == dev.phyllo.layers.TarEntry.Type.FILE) {
          assertEquals(
              Optional.empty(),
              Optional.ofNullable(files.put(entry.name().toString(), tar.content().readAllBytes())),
              "twice: " + entry.name());
        }
      }
    }
    return files;
  }
}
