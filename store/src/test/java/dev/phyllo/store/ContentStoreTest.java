package dev.phyllo.store;

import static dev.phyllo.store.TestStore.blob;
import static dev.phyllo.store.TestStore.bytes;
import static dev.phyllo.store.TestStore.filesIn;
import static dev.phyllo.store.TestStore.stream;
import static dev.phyllo.store.TestStore.unread;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {
  @TempDir Path root;
  private TestStore store;
  private ContentStore content;

  @BeforeEach
  void open() {
    store = new TestStore(root);
    content = store.content;
  }

  @Test
  void askingAnEmptyStoreCreatesNothing() throws Exception {
    assertFalse(content.has(TestStore.digest("x")));
    assertEquals(Optional.empty(), content.size(TestStore.digest("x")));
    assertEquals(List.of(), content.list());
    assertEquals(0, content.removeStaleIngests());
    assertEquals(List.of(), store.images.list());
    assertEquals(List.of(), filesIn(root));
  }

  @Test
  void aBlobThatWasIngestedCanBeReadInEveryWay() throws Exception {
    byte[] bytes = bytes("hello");
    Descriptor d = blob(bytes);
    assertTrue(content.ingest(d, stream(bytes)));
    assertTrue(content.has(d.digest()));
    assertEquals(Optional.of(5L), content.size(d.digest()));
    assertArrayEquals(bytes, content.read(d, 5));
    assertArrayEquals(bytes, content.readTrusted(d.digest(), 5));
    assertArrayEquals(bytes, Files.readAllBytes(content.path(d.digest())));
    try (InputStream in = content.open(d.digest())) {
      assertArrayEquals(bytes, in.readAllBytes());
    }
    content.verify(d.digest());
    assertEquals(d.digest(), content.list().getFirst().digest());
    assertEquals(5, content.list().getFirst().size());
    assertEquals("verify", store.steps.getFirst().verb());
  }

  @Test
  void theDirectoryIsALayoutWithNothingElseInIt() throws Exception {
    byte[] bytes = bytes("hello");
    content.ingest(blob(bytes), stream(bytes));
    assertEquals(
        List.of("blobs", "index.json", "ingest", "oci-layout"), filesIn(store.dirs.content()));
    assertEquals("{\"imageLayoutVersion\":\"1.0.0\"}", Files.readString(store.dirs.ociLayout()));
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
    assertEquals(List.of("images", "ingest"), filesIn(store.dirs.locks()));
  }

  @Test
  void aBlobOfSha512AndAnEmptyBlobAreBlobsToo() {
    byte[] bytes = bytes("hello");
    Digest digest =
        Digest.of(
            Digest.Algorithm.SHA512, Digest.Algorithm.SHA512.newMessageDigest().digest(bytes));
    content.ingest(Descriptor.of("x", digest, 5), stream(bytes));
    content.ingest(blob(new byte[0]), stream(new byte[0]));
    assertArrayEquals(bytes, content.readTrusted(digest, 10));
    assertEquals(Optional.of(0L), content.size(Digest.sha256(new byte[0])));
    assertEquals(2, content.list().size());
  }

  @Test
  void aPresentBlobOfTheRightSizeIsNotReadAgain() {
    byte[] bytes = bytes("hello");
    content.ingest(blob(bytes), stream(bytes));
    assertFalse(content.ingest(blob(bytes), unread()));
    assertEquals("present", store.steps.getLast().verb());
  }

  @Test
  void aPresentBlobOfTheWrongSizeIsReplaced() throws Exception {
    byte[] bytes = bytes("hello");
    content.ingest(blob(bytes), stream(bytes));
    Path file = content.path(blob(bytes).digest());
    Files.delete(file);
    Files.writeString(file, "hel");
    assertTrue(content.ingest(blob(bytes), stream(bytes)));
    content.verify(blob(bytes).digest());
  }

  @Test
  void aTruncatedBlobIsRefusedAndNothingIsListed() throws Exception {
    byte[] bytes = bytes("hello");
    CorruptException e =
        assertThrows(
            CorruptException.class, () -> content.ingest(blob(bytes), stream(bytes("hell"))));
    assertEquals(blob(bytes).digest().toString(), e.thing());
    assertTrue(e.why().contains("after 4 of the 5 bytes"), e.why());
    assertFalse(e.remedy().isEmpty());
    assertNothingKept();
  }

  @Test
  void aFlippedBitIsRefusedAndNothingIsListed() throws Exception {
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    Descriptor d = blob(bytes);
    bytes[700_000] ^= 1;
    CorruptException e =
        assertThrows(CorruptException.class, () -> content.ingest(d, stream(bytes)));
    assertTrue(e.why().contains(Digest.sha256(bytes).toString()), e.why());
    assertNothingKept();
  }

  @Test
  void aBlobThatDoesNotEndIsReadOneBytePastItsSize() throws Exception {
    for (int size : List.of(0, 5, 262_143, 262_144, 262_145, 600_000)) {
      int[] read = {0};
      InputStream endless =
          new InputStream() {
            @Override
            public int read() {
              read[0]++;
              return 0;
            }

            @Override
            public int read(byte[] b, int off, int len) {
              read[0] += len;
              return len;
            }
          };
      Descriptor d = blob(new byte[size]);
      CorruptException e = assertThrows(CorruptException.class, () -> content.ingest(d, endless));
      assertTrue(e.why().contains("longer than the " + size), e.why());
      assertEquals(size + 1, read[0]);
    }
    assertNothingKept();
  }

  @Test
  void anAbsurdSizeCostsNoMemory() throws Exception {
    Descriptor d = Descriptor.of("x", TestStore.digest("x"), Long.MAX_VALUE);
    CorruptException e =
        assertThrows(CorruptException.class, () -> content.ingest(d, stream(bytes("x"))));
    assertTrue(e.why().contains("ends after 1 of"), e.why());
    assertNothingKept();
  }

  @Test
  void aSourceThatFailsIsNotTakenForTheDisk() throws Exception {
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("connection reset");
          }

          @Override
          public int read(byte[] b, int off, int len) throws IOException {
            throw new IOException("connection reset");
          }
        };
    Descriptor d = blob(bytes("hello"));
    SystemException e = assertThrows(SystemException.class, () -> content.ingest(d, failing));
    assertEquals(d.digest().toString(), e.thing());
    assertTrue(e.why().contains("source: connection reset"), e.why());
    assertNothingKept();
  }

  @Test
  void contentOfUnknownDigestGetsItsDescriptorAtTheEnd() throws Exception {
    byte[] bytes = bytes("packed on the spot");
    try (Ingest ingest = content.begin(Digest.Algorithm.SHA256)) {
      ingest.out().write(bytes);
      assertEquals(bytes.length, ingest.count());
      Descriptor d =
          ingest.commit(MediaTypes.OCI_LAYER, Optional.empty(), Optional.of((long) bytes.length));
      assertEquals(blob(bytes), d);
      assertThrows(
          IllegalStateException.class,
          () -> ingest.commit("x", Optional.empty(), Optional.empty()));
    }
    assertArrayEquals(bytes, content.read(blob(bytes), 100));
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
    assertEquals(List.of("images", "ingest"), filesIn(store.dirs.locks()));
  }

  @Test
  void contentOfUnknownDigestThatIsNotWhatWasExpectedLeavesNothing() throws Exception {
    try (Ingest ingest = content.begin(Digest.Algorithm.SHA256)) {
      ingest.out().write(bytes("x"));
      assertThrows(
          CorruptException.class,
          () -> ingest.commit("x", Optional.of(TestStore.digest("y")), Optional.empty()));
    }
    try (Ingest ingest = content.begin(Digest.Algorithm.SHA256)) {
      ingest.out().write(bytes("x"));
      assertThrows(
          CorruptException.class, () -> ingest.commit("x", Optional.empty(), Optional.of(2L)));
    }
    try (Ingest ingest = content.begin(Digest.Algorithm.SHA256)) {
      ingest.out().write(bytes("given up"));
    }
    assertNothingKept();
  }

  @Test
  void contentOfUnknownDigestThatIsThereAlreadyIsKeptOnce() throws Exception {
    byte[] bytes = bytes("hello");
    content.ingest(blob(bytes), stream(bytes));
    try (Ingest ingest = content.begin(Digest.Algorithm.SHA256)) {
      ingest.out().write(bytes);
      ingest.commit("x", Optional.empty(), Optional.empty());
    }
    assertEquals(1, content.list().size());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
  }

  @Test
  void aMissingBlobIsAnErrorThatNamesIt() {
    Digest digest = TestStore.digest("missing");
    for (var call :
        List.<org.junit.jupiter.api.function.Executable>of(
            () -> content.open(digest),
            () -> content.readTrusted(digest, 10),
            () -> content.read(Descriptor.of("x", digest, 5), 10),
            () -> content.verify(digest))) {
      NotFoundException e = assertThrows(NotFoundException.class, call);
      assertEquals(digest.toString(), e.thing());
      assertTrue(e.why().contains(store.dirs.content().toString()));
    }
  }

  @Test
  void aBlobDamagedOnDiskIsFoundByReadAndVerify() throws Exception {
    byte[] bytes = bytes("hello");
    Descriptor d = blob(bytes);
    content.ingest(d, stream(bytes));
    Path file = content.path(d.digest());
    for (String damage : List.of("hellO", "hell", "")) {
      Files.delete(file);
      Files.writeString(file, damage);
      CorruptException e = assertThrows(CorruptException.class, () -> content.read(d, 100));
      assertTrue(e.why().contains(file.toString()), e.why());
      assertThrows(CorruptException.class, () -> content.verify(d.digest()));
    }
  }

  @Test
  void aDocumentLongerThanItMayBeIsNotRead() {
    byte[] bytes = bytes("hello");
    content.ingest(blob(bytes), stream(bytes));
    assertThrows(InvalidException.class, () -> content.read(blob(bytes), 4));
    assertThrows(InvalidException.class, () -> content.readTrusted(blob(bytes).digest(), 4));
  }

  @Test
  void foreignFilesAmongTheBlobsAreNotListed() throws Exception {
    byte[] bytes = bytes("hello");
    content.ingest(blob(bytes), stream(bytes));
    Path directory = store.dirs.blobs().resolve("sha256");
    Files.writeString(directory.resolve("README"), "");
    Files.createDirectory(directory.resolve(TestStore.digest("dir").hex()));
    assertEquals(1, content.list().size());
    assertFalse(content.has(TestStore.digest("dir")));
  }

  @Test
  void deletingSaysWhetherThereWasSomething() {
    byte[] bytes = bytes("hello");
    content.ingest(blob(bytes), stream(bytes));
    assertTrue(content.delete(blob(bytes).digest()));
    assertFalse(content.delete(blob(bytes).digest()));
    assertFalse(content.has(blob(bytes).digest()));
  }

  @Test
  void whatDeadWritersLeftIsRemovedAndWhatLivingOnesWriteIsNot() throws Exception {
    byte[] bytes = bytes("alive");
    try (Ingest alive = content.begin(Digest.Algorithm.SHA256)) {
      alive.out().write(bytes);
      Files.writeString(store.dirs.ingest().resolve("part-dead"), "half");
      Files.writeString(
          store.dirs.ingest().resolve("sha256-" + TestStore.digest("d").hex()), "half");
      assertEquals(2, content.removeStaleIngests());
      alive.commit("x", Optional.empty(), Optional.empty());
    }
    content.verify(blob(bytes).digest());
    Files.writeString(store.dirs.ingest().resolve("part-dead"), "half");
    assertEquals(1, content.removeStaleIngests());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
    assertEquals(List.of("images", "ingest"), filesIn(store.dirs.locks()));
  }

  @Test
  void aWriterTakesOverWhatADeadOneLeftUnderTheSameName() throws Exception {
    byte[] bytes = bytes("hello");
    Path stale = store.dirs.ingest().resolve(IngestFiles.name(blob(bytes).digest()));
    DurableFiles.createDirectories(store.dirs.ingest());
    Files.writeString(stale, "longer than hello");
    content.ingest(blob(bytes), stream(bytes));
    content.verify(blob(bytes).digest());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
  }

  private void assertNothingKept() throws IOException {
    assertEquals(List.of(), content.list());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
    assertEquals(List.of("ingest"), filesIn(store.dirs.locks()));
  }
}
