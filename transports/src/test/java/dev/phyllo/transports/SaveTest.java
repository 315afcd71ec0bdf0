package dev.phyllo.transports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SaveTest extends SaveTestBase {
  private static final List<SaveFormat> ARCHIVE_FORMATS =
      List.of(SaveFormat.DOCKER_ARCHIVE, SaveFormat.OCI_ARCHIVE);

  @ParameterizedTest
  @EnumSource(SaveFormat.class)
  void severalImagesComeBackWithEqualNamesAndDigests(SaveFormat format) throws Exception {
    List<LoadedImage> before = load(twoSource(), Form.FILE, LoadOptions.DEFAULT);
    Path saved = save(format, saved(before));
    List<LoadedImage> after = reload(saved);
    assertEquals(digests(before), digests(after));
    assertHoldsOnly(after.toArray(LoadedImage[]::new));
  }

  private static SourceBuilder twoSource() {
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, BASE), "docker.io/library/app:1");
    source.named(
        source.ociImage(SourceBuilder.AMD64, BASE, ZSTD, PLAIN), "docker.io/library/app:2");
    return source.layout();
  }

  @ParameterizedTest
  @EnumSource(SaveFormat.class)
  void anIndexComesBackWithEveryPlatform(SaveFormat format) throws Exception {
    SavedImage index = index();
    List<LoadedImage> after = reload(save(format, List.of(index)));
    assertEquals(
        List.of("[docker.io/library/multi:latest] " + index.target().digest()), digests(after));
    assertEquals(8, store.list().size()); // index, two manifests, two configs, three layers
  }

  @ParameterizedTest
  @EnumSource(SaveFormat.class)
  void aSha512LayerComesBack(SaveFormat format) throws Exception {
    SourceBuilder source = new SourceBuilder();
    Digest.Algorithm sha512 = Digest.Algorithm.SHA512;
    Digest digest = Digest.of(sha512, sha512.newMessageDigest().digest(BASE.blob()));
    source.file(ImageFiles.blobName(digest), BASE.blob());
    byte[] config = SourceBuilder.config(SourceBuilder.AMD64, List.of(BASE.diffId()));
    source.blob(config);
    Descriptor image =
        source.manifest(
            Manifest.of(
                Descriptor.of(MediaTypes.OCI_CONFIG, config),
                List.of(Descriptor.of(MediaTypes.OCI_LAYER_GZIP, digest, BASE.blob().length))));
    source.named(image, "docker.io/library/long:1").layout();
    Path saved = save(format, stored(source, LoadOptions.DEFAULT));
    assertTrue(files(saved).containsKey("blobs/sha512/" + digest.hex()));
    List<LoadedImage> after = reload(saved);
    assertEquals(List.of("[docker.io/library/long:1] " + image.digest()), digests(after));
    assertHoldsOnly(after.getFirst());
  }

  @Test
  void theSameImagesGiveTheSameBytesFromAnotherStoreAtAnotherTime() throws Exception {
    Map<SaveFormat, byte[]> first = new TreeMap<>();
    List<SavedImage> images = two();
    for (SaveFormat format : ARCHIVE_FORMATS) {
      first.put(format, Files.readAllBytes(save(format, images)));
    }
    Path oci = save(SaveFormat.OCI_DIR, images);
    List<LoadedImage> again = reload(oci);
    for (SaveFormat format : ARCHIVE_FORMATS) {
      Path saved = save(format, saved(again));
      assertArrayEquals(first.get(format), Files.readAllBytes(saved), format.word());
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      saver().save(saved(again), stream, SaveOptions.of(format));
      assertArrayEquals(first.get(format), stream.toByteArray(), format + " to a stream");
    }
  }

  @Test
  void everyEntryIsRootsAndHasTheTimeAskedForInSortedOrder() throws Exception {
    SaveOptions options = SaveOptions.of(SaveFormat.DOCKER_ARCHIVE).withEpochSeconds(1_700_000_000);
    Path saved = save(options, two());
    List<String> names = new ArrayList<>();
    try (dev.phyllo.layers.TarReader tar =
        new dev.phyllo.layers.TarReader(
            Files.newInputStream(saved), dev.phyllo.layers.TarLimits.DEFAULT, "saved")) {
      for (var e = tar.next(); e != null; e = tar.next()) {
        names.add(e.name().toString());
        assertEquals(1_700_000_000, e.mtimeSeconds());
        assertEquals(0, e.mtimeNanos() + e.uid() + e.gid());
      }
    }
    assertEquals(names.stream().sorted().toList(), names);
  }

  @ParameterizedTest
  @EnumSource(SaveFormat.class)
  void whatImagesShareIsStoredOnce(SaveFormat format) throws Exception {
    List<String> blobs =
        files(save(format, two())).keySet().stream().filter(n -> n.startsWith("blobs/")).toList();
    assertEquals(7, blobs.size(), blobs.toString()); // two manifests, two configs, three layers
  }

  @ParameterizedTest
  @EnumSource(SaveFormat.class)
  void aFlippedBitInTheStoreDoesNotLeaveIt(SaveFormat format) throws Exception {
    List<SavedImage> images = two();
    Path blob = store.path(BASE.descriptor().digest());
    byte[] bytes = Files.readAllBytes(blob);
    bytes[bytes.length / 2] ^= 4;
    blob.toFile().setWritable(true);
    Files.write(blob, bytes);
    CorruptException e = assertThrows(CorruptException.class, () -> save(format, images));
    assertEquals(BASE.descriptor().digest().toString(), e.thing());
    assertNothingSaved();
  }

  @ParameterizedTest
  @EnumSource(SaveFormat.class)
  void aTruncatedLayerOrManifestIsRefused(SaveFormat format) throws Exception {
    List<SavedImage> images = two();
    for (Digest digest : List.of(BASE.descriptor().digest(), images.getFirst().target().digest())) {
      Path blob = store.path(digest);
      byte[] bytes = Files.readAllBytes(blob);
      blob.toFile().setWritable(true);
      Files.write(blob, java.util.Arrays.copyOf(bytes, bytes.length - 1));
      CorruptException e = assertThrows(CorruptException.class, () -> save(format, images));
      assertEquals(digest.toString(), e.thing());
      Files.write(blob, bytes);
    }
    assertNothingSaved();
  }

  @ParameterizedTest
  @EnumSource(SaveFormat.class)
  void aMissingLayerIsNamed(SaveFormat format) throws Exception {
    List<SavedImage> images = two();
    store.delete(ZSTD.descriptor().digest());
    NotFoundException e = assertThrows(NotFoundException.class, () -> save(format, images));
    assertTrue(e.why().contains(ZSTD.descriptor().digest().toString()), e.getMessage());
    assertNothingSaved();
  }

  private void assertNothingSaved() throws IOException {
    try (Stream<Path> files = Files.walk(temp)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = temp.relativize(file).toString();
        assertFalse(name.contains(WholeFile.TEMPORARY_PREFIX), name);
        assertFalse(name.startsWith("saved") && name.endsWith("archive"), name);
        assertFalse(name.endsWith("oci-dir/index.json"), name);
      }
    }
  }

  @Test
  void aFileThatWasThereStaysWhenASaveFails() throws Exception {
    List<SavedImage> images = two();
    Path file = Files.writeString(temp.resolve("out.tar"), "old");
    store.delete(ZSTD.descriptor().digest());
    SaveOptions options = SaveOptions.of(SaveFormat.DOCKER_ARCHIVE);
    assertThrows(NotFoundException.class, () -> saver().save(images, file, options));
    assertEquals("old", Files.readString(file));
  }

  @Test
  void aFullDeviceAndAFailingStreamAreNamed() throws Exception {
    List<SavedImage> images = two();
    SaveOptions options = SaveOptions.of(SaveFormat.OCI_ARCHIVE);
    OutputStream failing =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    SystemException e =
        assertThrows(SystemException.class, () -> saver().save(images, failing, options));
    assertEquals("standard output", e.thing());
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "needs /dev/full");
    e = assertThrows(SystemException.class, () -> saver().save(images, full, options));
    assertEquals("/dev/full", e.thing());
    assertTrue(Files.exists(full));
  }

  @Test
  void aDirectoryNeedsTheDirectoryFormatAndAStreamAnArchive() throws Exception {
    List<SavedImage> images = two();
    SaveOptions docker = SaveOptions.of(SaveFormat.DOCKER_ARCHIVE);
    SaveOptions dir = SaveOptions.of(SaveFormat.OCI_DIR);
    assertThrows(ConflictException.class, () -> saver().save(images, temp, docker));
    assertThrows(
        UsageException.class, () -> saver().save(images, OutputStream.nullOutputStream(), dir));
    Path nowhere = temp.resolve("no/such/file");
    assertThrows(NotFoundException.class, () -> saver().save(images, nowhere, docker));
    assertThrows(NotFoundException.class, () -> saver().save(images, nowhere, dir));
  }

  @Test
  void anIndexOfWhichOnlyOnePlatformIsHereIsSavedAsItIs() throws Exception {
    SavedImage image = index();
    Index index = Index.parse(Files.readAllBytes(store.path(image.target().digest())), "index");
    store.delete(index.manifests().get(1).digest());
    for (SaveFormat format : SaveFormat.values()) {
      SortedMap<String, byte[]> files = files(save(format, List.of(image)));
      assertTrue(files.containsKey(ImageFiles.blobName(image.target().digest())));
      assertFalse(files.containsKey(ImageFiles.blobName(PLAIN.descriptor().digest())));
    }
    store.delete(index.manifests().get(0).digest());
    NotFoundException e =
        assertThrows(NotFoundException.class, () -> save(SaveFormat.OCI_ARCHIVE, List.of(image)));
    assertEquals(image.target().digest().toString(), e.thing());
  }

  @Test
  void onePlatformOfAnIndexCanBeChosen() throws Exception {
    SavedImage image = index();
    SaveOptions options =
        SaveOptions.of(SaveFormat.DOCKER_ARCHIVE).withPlatform(SourceBuilder.ARM64);
    Path saved = save(options, List.of(image));
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class,
            () ->
                save(
                    options.withPlatform(dev.phyllo.oci.Platform.parse("linux/s390x")),
                    List.of(image)));
    assertTrue(e.why().contains("linux/s390x"), e.getMessage());
    LoadedImage loaded = reload(saved).getFirst();
    assertEquals(List.of("docker.io/library/multi:latest"), names(loaded));
    assertEquals(SourceBuilder.ARM64, loaded.target().platform().orElseThrow());
    assertHoldsOnly(loaded);
  }

  @Test
  void theTagIsTheNameInTheLayoutUnlessTwoImagesHaveIt() throws Exception {
    List<SavedImage> images = two();
    SavedImage one = images.get(0);
    SavedImage two = images.get(1);
    assertEquals(
        List.of("1 docker.io/library/app:1", "2 docker.io/library/app:2"),
        indexNames(save(SaveFormat.OCI_ARCHIVE, images)));
    assertEquals(
        List.of(
            "docker.io/library/a:1 docker.io/library/a:1",
            "example.com/b:1 example.com/b:1",
            "3 example.com/b:3"),
        indexNames(
            save(
                SaveFormat.OCI_ARCHIVE,
                List.of(under(one, "a:1"), under(two, "example.com/b:1", "example.com/b:3")))));
    String byDigest = "docker.io/library/a@" + one.target().digest();
    assertEquals(
        List.of(byDigest + " " + byDigest),
        indexNames(save(SaveFormat.OCI_ARCHIVE, List.of(under(one, byDigest)))));
  }

  static List<String> indexNames(Path saved) throws IOException {
    Index index = Index.parse(java.util.Objects.requireNonNull(files(saved).get("index.json")), "");
    List<String> names = new ArrayList<>();
    for (Descriptor d : index.manifests()) {
      names.add(
          d.refName().orElse("-")
              + " "
              + d.annotations().getOrDefault(ImageNames.CONTAINERD_NAME, "-"));
    }
    return names;
  }

  @Test
  void anImageWithoutNamesIsSavedOnceAndLoadsWithoutNames() throws Exception {
    List<SavedImage> images = two();
    SavedImage bare = under(images.getFirst());
    for (SaveFormat format : SaveFormat.values()) {
      Path saved = save(format, List.of(bare, bare));
      assertEquals(List.of("- -"), indexNames(saved));
      if (format == SaveFormat.DOCKER_ARCHIVE) {
        String manifest = new String(files(saved).get("manifest.json"), UTF_8);
        assertTrue(manifest.contains("\"RepoTags\":null"), manifest);
      }
    }
    // Given by name and by id, it is one image with a name.
    assertEquals(
        List.of("1 docker.io/library/app:1"),
        indexNames(save(SaveFormat.DOCKER_ARCHIVE, List.of(bare, images.getFirst()))));
  }

  @Test
  void dockersDocumentsAloneLoadAsTheSameImageId() throws Exception {
    List<SavedImage> images = two();
    Path saved = save(SaveFormat.DOCKER_ARCHIVE, images);
    List<Digest> ids = new ArrayList<>();
    for (SavedImage image : images) {
      ids.add(
          Manifest.parse(Files.readAllBytes(store.path(image.target().digest())), "m")
              .config()
              .digest());
    }
    // What a reader sees that does not know OCI layouts.
    SourceBuilder old = new SourceBuilder();
    for (Map.Entry<String, byte[]> file : files(saved).entrySet()) {
      if (!file.getKey().equals("oci-layout") && !file.getKey().equals("index.json")) {
        old.file(file.getKey(), file.getValue());
      }
    }
    freshStore();
    List<LoadedImage> loaded = load(old, Form.STREAM, LoadOptions.DEFAULT);
    assertEquals(ids, loaded.stream().map(i -> manifest(i).config().digest()).toList());
    assertEquals(List.of("docker.io/library/app:2"), names(loaded.get(1)));
    String repositories = new String(files(saved).get("repositories"), UTF_8);
    assertEquals(
        "{\"docker.io/library/app\":{\"1\":\""
            + BASE.descriptor().digest().hex()
            + "\",\"2\":\""
            + PLAIN.descriptor().digest().hex()
            + "\"}}",
        repositories);
  }

  @Test
  void oneNameForTwoImagesIsRefused() throws Exception {
    List<SavedImage> images = two();
    List<SavedImage> same = List.of(under(images.get(0), "same:1"), under(images.get(1), "same:1"));
    for (SaveFormat format : SaveFormat.values()) {
      assertThrows(dev.phyllo.oci.InvalidException.class, () -> save(format, same));
    }
    assertNothingSaved();
  }
}
