package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.NioFileLocker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store of its own for each load, and every way the same archive can come in. */
abstract class LoadTestBase {
  /** A way an archive comes in. */
  enum Form {
    FILE,
    GZIP_FILE,
    ZSTD_FILE,
    STREAM,
    GZIP_STREAM,
    DIRECTORY
  }

  static final List<Form> ARCHIVES =
      List.of(Form.FILE, Form.GZIP_FILE, Form.ZSTD_FILE, Form.STREAM, Form.GZIP_STREAM);

  @TempDir Path temp;
  Path root = Path.of(".");
  ContentStore store = openStore(Path.of("."));
  private int number;

  @BeforeEach
  void freshStore() {
    number++;
    root = temp.resolve("root" + number);
    store = openStore(root);
  }

  static ContentStore openStore(Path root) {
    NamespaceDirs dirs = NamespaceDirs.open(root, "default");
    return new ContentStore(
        dirs, new Locks(dirs.locks(), NioFileLocker.INSTANCE), StepListener.NONE);
  }

  List<LoadedImage> load(SourceBuilder source, Form form, LoadOptions options) throws IOException {
    return load(source.tar(), source, form, options);
  }

  List<LoadedImage> load(byte[] tar, SourceBuilder source, Form form, LoadOptions options)
      throws IOException {
    ImageLoader loader = new ImageLoader(store, StepListener.NONE);
    Path file = temp.resolve("source" + number + "-" + form);
    return switch (form) {
      case FILE -> loader.load(Files.write(file, tar), options);
      case GZIP_FILE ->
          loader.load(Files.write(file, SourceBuilder.compress(tar, Compression.GZIP)), options);
      case ZSTD_FILE ->
          loader.load(Files.write(file, SourceBuilder.compress(tar, Compression.ZSTD)), options);
      case STREAM -> loader.load(new ByteArrayInputStream(tar), "stdin", options);
      case GZIP_STREAM ->
          loader.load(
              new ByteArrayInputStream(SourceBuilder.compress(tar, Compression.GZIP)),
              "stdin",
              options);
      case DIRECTORY -> loader.load(source.directory(file), options);
    };
  }

  /** The one image of the source. */
  LoadedImage loadOne(SourceBuilder source, Form form, LoadOptions options) throws IOException {
    List<LoadedImage> images = load(source, form, options);
    assertEquals(1, images.size(), images.toString());
    return images.getFirst();
  }

  static List<String> names(LoadedImage image) {
    return image.names().stream().map(Reference::canonical).toList();
  }

  Manifest manifest(LoadedImage image) {
    return Manifest.parse(
        store.read(image.target(), JsonCodec.MAX_BYTES), image.target().digest().toString());
  }

  /** Everything the manifest names is in the store, whole, and nothing else is. */
  void assertHoldsOnly(LoadedImage... images) {
    TreeSet<String> expected = new TreeSet<>();
    for (LoadedImage image : images) {
      expected.add(image.target().digest().toString());
      Manifest m = manifest(image);
      expected.add(m.config().digest().toString());
      m.layers().forEach(l -> expected.add(l.digest().toString()));
    }
    TreeSet<String> actual = new TreeSet<>();
    for (BlobInfo blob : store.list()) {
      store.verify(blob.digest());
      actual.add(blob.digest().toString());
    }
    assertEquals(expected, actual);
    assertNothingHalfWritten();
  }

  /** The load fails with this kind of error, in one line with these parts; nothing is kept. */
  <E extends PhylloException> E refused(
      Class<E> kind, SourceBuilder source, List<Form> forms, String... parts) throws IOException {
    List<E> errors = new ArrayList<>();
    for (Form form : forms) {
      freshStore();
      errors.add(
          refused(kind, () -> load(source, form, LoadOptions.DEFAULT), form.toString(), parts));
    }
    return errors.getFirst();
  }

  <E extends PhylloException> E refused(
      Class<E> kind, org.junit.jupiter.api.function.Executable load, String form, String... parts) {
    E error = assertThrows(kind, load, form);
    String line = String.valueOf(error.getMessage());
    assertFalse(line.contains("\n"), line);
    for (String part : parts) {
      assertTrue(line.contains(part), () -> form + ": no '" + part + "' in: " + line);
    }
    assertEquals(List.of(), store.list(), form);
    assertNothingHalfWritten();
    return error;
  }

  private void assertNothingHalfWritten() {
    Path ingest = root.resolve("ns/default/content/ingest");
    if (Files.isDirectory(ingest)) {
      try (Stream<Path> files = Files.list(ingest)) {
        assertEquals(List.of(), files.toList());
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  static Descriptor plain(Descriptor d) {
    return Descriptor.of(d.mediaType(), d.digest(), d.size());
  }
}
