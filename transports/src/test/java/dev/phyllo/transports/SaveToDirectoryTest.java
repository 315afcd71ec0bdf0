package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.store.CrashPoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class SaveToDirectoryTest extends SaveTestBase {
  private static final SaveOptions DIR = SaveOptions.of(SaveFormat.OCI_DIR);

  @Test
  void imagesAreAddedAndWhatIsThereStays() throws Exception {
    List<SavedImage> images = two();
    Path layout = save(SaveFormat.OCI_DIR, List.of(images.get(0)));
    Path base = layout.resolve(ImageFiles.blobName(BASE.descriptor().digest()));
    Files.setLastModifiedTime(base, FileTime.fromMillis(1000));
    saver().save(List.of(images.get(1)), layout, DIR);
    assertEquals(
        List.of("1 docker.io/library/app:1", "2 docker.io/library/app:2"),
        SaveTest.indexNames(layout));
    assertEquals(1000, Files.getLastModifiedTime(base).toMillis());
    assertWhole(layout, 2);
    // The same again changes nothing, not even the index.
    Path index = layout.resolve("index.json");
    Files.setLastModifiedTime(index, FileTime.fromMillis(2000));
    saver().save(images, layout, DIR);
    assertEquals(2000, Files.getLastModifiedTime(index).toMillis());
  }

  @Test
  void anImageOfTheSameNameIsReplacedWhereItStands() throws Exception {
    List<SavedImage> images = two();
    Path layout = save(SaveFormat.OCI_DIR, images);
    saver().save(List.of(under(images.get(1), "app:1")), layout, DIR);
    assertEquals(
        List.of("1 docker.io/library/app:1", "2 docker.io/library/app:2"),
        SaveTest.indexNames(layout));
    Index index = index(layout);
    assertEquals(index.manifests().get(1).digest(), index.manifests().get(0).digest());
  }

  @Test
  void whatOtherToolsNamedKeepsItsNameAndItsPlace() throws Exception {
    List<SavedImage> images = two();
    SourceBuilder theirs = new SourceBuilder();
    Descriptor other = theirs.ociImage(SourceBuilder.ARM64, PLAIN);
    theirs.named(other, "1").top(theirs.ociImage(SourceBuilder.AMD64, ZSTD)).layout();
    Path layout = theirs.directory(temp.resolve("theirs"));
    saver().save(images, layout, DIR);
    assertEquals(
        List.of(
            "1 -",
            "- -",
            "docker.io/library/app:1 docker.io/library/app:1",
            "2 docker.io/library/app:2"),
        SaveTest.indexNames(layout));
    assertEquals(other.digest(), index(layout).manifests().getFirst().digest());
  }

  @Test
  void aDamagedBlobOfTheDirectoryIsWrittenAgain() throws Exception {
    List<SavedImage> images = two();
    Path layout = save(SaveFormat.OCI_DIR, images);
    Path blob = layout.resolve(ImageFiles.blobName(BASE.descriptor().digest()));
    byte[] bytes = BASE.blob().clone();
    bytes[7] ^= 1;
    Files.write(blob, bytes);
    saver().save(images, layout, DIR);
    assertArrayEquals(BASE.blob(), Files.readAllBytes(blob));
  }

  @Test
  void aDirectoryThatIsNoLayoutIsLeftAlone() throws Exception {
    List<SavedImage> images = two();
    Path home = Files.createDirectories(temp.resolve("home"));
    Files.writeString(home.resolve("letter"), "dear");
    assertThrows(ConflictException.class, () -> saver().save(images, home, DIR));
    try (Stream<Path> files = Files.list(home)) {
      assertEquals(1, files.count());
    }
    Path file = Files.writeString(temp.resolve("file"), "text");
    assertThrows(ConflictException.class, () -> saver().save(images, file, DIR));
    Path newer = Files.createDirectories(temp.resolve("newer"));
    Files.writeString(newer.resolve("oci-layout"), "{\"imageLayoutVersion\":\"2.0.0\"}");
    assertThrows(UnsupportedException.class, () -> saver().save(images, newer, DIR));
    Path empty = Files.createDirectories(temp.resolve("empty"));
    saver().save(images, empty, DIR);
    assertWhole(empty, 2);
  }

  @Test
  void aKillAtAnyStepLeavesAWholeLayoutOrNoneAndTheNextSaveSucceeds() throws Exception {
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, PLAIN, ZSTD), "docker.io/library/app:1");
    Path from = source.layout().directory(temp.resolve("from"));
    List<SavedImage> images = stored(source, LoadOptions.DEFAULT);
    SourceBuilder first = new SourceBuilder();
    first.named(first.ociImage(SourceBuilder.AMD64, BASE), "docker.io/library/first:1");
    List<SavedImage> before = stored(first.layout(), LoadOptions.DEFAULT);
    int crashes = 0;
    for (boolean isNew : List.of(true, false)) {
      for (int point = 1; ; point++) {
        assertTrue(point < 100, "no end of crash points");
        Path layout = temp.resolve("layout-" + isNew + point);
        if (!isNew) {
          saver().save(before, layout, DIR);
        }
        int status = saveCrashing(point, from, layout);
        if (Files.isDirectory(layout)
            && Files.exists(layout.resolve("oci-layout"))
            && Files.size(layout.resolve("oci-layout")) > 0) {
          int images0 = index(layout).manifests().size();
          assertWhole(layout, images0);
          assertTrue(images0 >= (isNew ? 1 : status == 0 ? 2 : 1), "at point " + point);
        }
        saver().save(images, layout, DIR);
        assertWhole(layout, isNew ? 1 : 2);
        if (status == 0) {
          break;
        }
        assertEquals(CrashPoints.EXIT_STATUS, status);
        crashes++;
      }
    }
    assertTrue(crashes >= 20, crashes + " crashes");
  }

  private int saveCrashing(int point, Path from, Path layout) throws Exception {
    Process process =
        new ProcessBuilder(
                SaveProcess.command(
                    List.of("-Ddev.phyllo.crashAfter=" + point),
                    from,
                    root,
                    layout,
                    SaveFormat.OCI_DIR))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "not done after a minute");
    return process.exitValue();
  }

  @Test
  void aFullDiskLeavesNoFileAndNoHalfLayout() throws Exception {
    needs("unshare", "mount");
    needsRoot();
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, BASE), "docker.io/library/app:1");
    Path from = source.layout().directory(temp.resolve("from"));
    stored(source, LoadOptions.DEFAULT);
    Path disk = Files.createDirectories(temp.resolve("disk"));
    for (SaveFormat format : SaveFormat.values()) {
      Path target = disk.resolve("out");
      String script =
          "mount -t tmpfs -o size=48k full '"
              + disk
              + "' && \"$@\"; echo status $?; find '"
              + disk
              + "' -type f -size +0";
      List<String> command = new java.util.ArrayList<>();
      command.addAll(List.of("unshare", "-m", "sh", "-c", script, "sh"));
      command.addAll(SaveProcess.command(List.of(), from, root, target, format));
      String said = new String(run(command.toArray(String[]::new)), StandardCharsets.UTF_8);
      assertTrue(said.contains("No space left on device"), said);
      assertTrue(said.contains("status 1"), said);
      assertFalse(said.contains(WholeFile.TEMPORARY_PREFIX), said);
      for (String line : said.lines().filter(l -> l.startsWith("/")).toList()) {
        // At most whole blobs of a layout that has no marker and no index.
        assertTrue(line.contains("/blobs/sha256/") || line.contains("No space"), said);
      }
    }
  }

  private static Index index(Path layout) throws IOException {
    return Index.parse(Files.readAllBytes(layout.resolve("index.json")), "index.json");
  }

  /** So many images, and every blob is what its name says. */
  private void assertWhole(Path layout, int images) throws IOException {
    SortedMap<String, byte[]> files = files(layout);
    for (var file : files.entrySet()) {
      String name = file.getKey();
      if (name.startsWith("blobs/sha256/") && !name.contains(WholeFile.TEMPORARY_PREFIX)) {
        assertEquals(name.substring(13), Digest.sha256(file.getValue()).hex());
      }
    }
    Path keep = root;
    var keptStore = store;
    assertEquals(images, reload(layout).stream().mapToInt(i -> i.names().size()).sum());
    root = keep;
    store = keptStore;
  }
}
