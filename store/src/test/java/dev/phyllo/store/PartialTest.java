package dev.phyllo.store;

import static dev.phyllo.store.TestStore.blob;
import static dev.phyllo.store.TestStore.bytes;
import static dev.phyllo.store.TestStore.filesIn;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PartialTest {
  @TempDir Path root;
  private TestStore store;
  private byte[] content;
  private Descriptor descriptor;

  @BeforeEach
  void open() {
    store = new TestStore(root);
    content = new byte[700_000];
    new Random(7).nextBytes(content);
    descriptor = blob(content);
  }

  @Test
  void whatHasArrivedStaysAndIsGoneOnFrom() throws Exception {
    try (Batch batch = store.content.batch();
        Partial partial = batch.resume(descriptor).orElseThrow()) {
      assertEquals(0, partial.count());
      partial.write(content, 0, 300_000);
    }
    assertFalse(store.content.has(descriptor.digest()));
    try (Batch batch = store.content.batch()) {
      try (Partial partial = batch.resume(descriptor).orElseThrow()) {
        assertEquals(300_000, partial.count());
        partial.write(content, 300_000, 400_000);
        partial.commit();
      }
      assertFalse(store.content.has(descriptor.digest()), "visible before the batch's commit");
      try (InputStream in = batch.open(descriptor.digest())) {
        assertArrayEquals(content, in.readAllBytes());
      }
      batch.commit();
      try (InputStream in = batch.open(descriptor.digest())) {
        assertArrayEquals(content, in.readAllBytes());
      }
      assertTrue(batch.resume(descriptor).isEmpty());
    }
    store.content.verify(descriptor.digest());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
  }

  @Test
  void spoiltBytesOfAnEarlierAttemptAreFoundAndForgotten() throws Exception {
    Path file = store.dirs.ingest().resolve("sha256-" + descriptor.digest().hex());
    DurableFiles.createDirectories(store.dirs.ingest());
    Files.write(file, new byte[1000]); // as a power failure may leave it
    try (Batch batch = store.content.batch();
        Partial partial = batch.resume(descriptor).orElseThrow()) {
      assertEquals(1000, partial.count());
      partial.write(content, 1000, content.length - 1000);
      assertThrows(CorruptException.class, partial::commit);
      assertEquals(0, partial.count());
      partial.write(content, 0, content.length);
      partial.commit();
      batch.commit();
    }
    store.content.verify(descriptor.digest());
  }

  @Test
  void aFileThatIsTooLongIsBegunAnew() throws Exception {
    DurableFiles.createDirectories(store.dirs.ingest());
    Files.write(
        store.dirs.ingest().resolve("sha256-" + descriptor.digest().hex()),
        Arrays.copyOf(content, content.length + 1));
    try (Batch batch = store.content.batch();
        Partial partial = batch.resume(descriptor).orElseThrow()) {
      assertEquals(0, partial.count());
    }
    assertEquals(List.of(), filesIn(store.dirs.ingest()), "an empty one is not kept");
  }

  @Test
  void moreBytesThanTheBlobHasAreRefusedAndNothingIsVisible() {
    try (Batch batch = store.content.batch();
        Partial partial = batch.resume(descriptor).orElseThrow()) {
      partial.write(content, 0, content.length);
      assertThrows(CorruptException.class, () -> partial.write(new byte[1], 0, 1));
    }
    assertFalse(store.content.has(descriptor.digest()));
  }

  @Test
  void aBlobThatEndsEarlyIsNotCommittedAndCanGoOn() {
    try (Batch batch = store.content.batch();
        Partial partial = batch.resume(descriptor).orElseThrow()) {
      partial.write(content, 0, 10);
      assertThrows(CorruptException.class, partial::commit);
      partial.write(content, 10, content.length - 10);
      partial.commit();
      batch.commit();
    }
    store.content.verify(descriptor.digest());
  }

  @Test
  void collectionRemovesWhatWasAbandonedAndNotWhatIsBeingWritten() throws Exception {
    Descriptor other = blob(bytes("other"));
    try (Batch batch = store.content.batch()) {
      try (Partial abandoned = batch.resume(other).orElseThrow()) {
        abandoned.write(bytes("ot"), 0, 2);
      }
      try (Partial partial = batch.resume(descriptor).orElseThrow()) {
        partial.write(content, 0, 100);
        assertEquals(1, store.content.removeStaleIngests());
        partial.write(content, 100, content.length - 100);
        partial.commit();
      }
      batch.commit();
    }
    store.content.verify(descriptor.digest());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
  }
}
