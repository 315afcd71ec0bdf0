package dev.phyllo.store;

import static dev.phyllo.store.TestStore.blob;
import static dev.phyllo.store.TestStore.bytes;
import static dev.phyllo.store.TestStore.filesIn;
import static dev.phyllo.store.TestStore.stream;
import static dev.phyllo.store.TestStore.unread;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.StepListener;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchTest {
  @TempDir Path root;
  private TestStore store;

  @BeforeEach
  void open() {
    store = new TestStore(root);
  }

  @Test
  void blobsAreVisibleAfterCommitAndSynchronisedTogether() {
    List<List<Path>> synced = new ArrayList<>();
    ContentStore content =
        new ContentStore(
            store.dirs,
            store.locks,
            StepListener.NONE,
            (directory, files) -> {
              assertEquals(store.dirs.ingest(), directory);
              files.forEach(f -> assertTrue(Files.exists(f)));
              synced.add(List.copyOf(files));
            });
    try (Batch batch = content.batch()) {
      for (int i = 0; i < 8; i++) {
        assertTrue(batch.ingest(blob(bytes("b" + i)), stream(bytes("b" + i))));
      }
      assertFalse(batch.ingest(blob(bytes("b3")), unread()));
      assertEquals(List.of(), content.list());
      batch.commit();
      assertEquals(8, content.list().size());
      batch.ingest(blob(bytes("later")), stream(bytes("later")));
      batch.commit();
      batch.commit(); // nothing left to do
    }
    assertEquals(9, content.list().size());
    assertEquals(2, synced.size());
    assertEquals(8, synced.getFirst().size());
  }

  @Test
  void aBatchThatIsNotCommittedLeavesNothing() throws Exception {
    try (Batch batch = store.content.batch()) {
      batch.ingest(blob(bytes("a")), stream(bytes("a")));
      try (Ingest ingest = batch.begin(Digest.Algorithm.SHA256)) {
        ingest.out().write(bytes("b"));
        ingest.commit("x", Optional.empty(), Optional.empty());
      }
    }
    assertEquals(List.of(), store.content.list());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
    assertEquals(List.of("ingest"), filesIn(store.dirs.locks()));
  }

  @Test
  void aBadBlobDoesNotSpoilTheOthers() {
    try (Batch batch = store.content.batch()) {
      batch.ingest(blob(bytes("a")), stream(bytes("a")));
      assertThrows(
          CorruptException.class, () -> batch.ingest(blob(bytes("b")), stream(bytes("B"))));
      batch.ingest(blob(bytes("b")), stream(bytes("b")));
      batch.commit();
    }
    assertEquals(2, store.content.list().size());
  }

  @Test
  void anUnknownDigestThatTheBatchHasAlreadyIsKeptOnce() throws Exception {
    try (Batch batch = store.content.batch()) {
      batch.ingest(blob(bytes("a")), stream(bytes("a")));
      try (Ingest ingest = batch.begin(Digest.Algorithm.SHA256)) {
        ingest.out().write(bytes("a"));
        assertEquals(
            blob(bytes("a")).digest(),
            ingest.commit("x", Optional.empty(), Optional.empty()).digest());
      }
      batch.commit();
    }
    assertEquals(1, store.content.list().size());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
  }

  @Test
  void threadsThatWantTheSameBlobsInOppositeOrderReadEachOnceAndNeverBlockEachOther()
      throws Exception {
    int blobs = 20;
    AtomicInteger streamsRead = new AtomicInteger();
    AtomicInteger written = new AtomicInteger();
    int workers = 6;
    CyclicBarrier start = new CyclicBarrier(workers);
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int w = 0; w < workers; w++) {
      boolean forwards = w % 2 == 0;
      TestStore mine = new TestStore(root);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try (Batch batch = mine.content.batch()) {
                  start.await();
                  for (int i = 0; i < blobs; i++) {
                    byte[] b = bytes("blob " + (forwards ? i : blobs - 1 - i));
                    if (batch.ingest(blob(b), counting(b, streamsRead))) {
                      written.incrementAndGet();
                    }
                  }
                  batch.commit();
                  assertEquals(blobs, mine.content.list().size());
                } catch (Throwable t) {
                  failures.add(t);
                }
              }));
    }
    for (Thread t : threads) {
      t.join();
    }
    assertEquals(List.of(), failures);
    assertEquals(blobs, written.get());
    assertEquals(blobs, streamsRead.get());
    store.verifyEverythingListed();
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
  }

  @Test
  void severalThreadsFillOneBatch() throws Exception {
    List<Thread> threads = new ArrayList<>();
    AtomicInteger written = new AtomicInteger();
    try (Batch batch = store.content.batch()) {
      for (int t = 0; t < 8; t++) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  for (int i = 0; i < 20; i++) {
                    if (batch.ingest(blob(bytes("x" + i)), stream(bytes("x" + i)))) {
                      written.incrementAndGet();
                    }
                  }
                }));
      }
      for (Thread t : threads) {
        t.join();
      }
      batch.commit();
    }
    assertEquals(20, written.get());
    assertEquals(20, store.content.list().size());
  }

  @Test
  void twoProcessesThatWantTheSameBlobsDoTheWorkOnceAndDoNotWaitForEachOther() throws Exception {
    // The other process holds "first" in its batch and is in the middle of "second".
    Process other =
        OtherProcess.start(List.of(), "slow-ingest", root.toString(), "first", "second");
    BufferedReader out = other.inputReader();
    assertEquals("paused", out.readLine());
    assertEquals(0, store.content.removeStaleIngests(), "its files are not stale");
    Thread resume =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Thread.sleep(300);
                other.outputWriter().close();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    try (Batch batch = store.content.batch()) {
      assertTrue(batch.ingest(blob(bytes("third")), stream(bytes("third"))));
      assertFalse(batch.ingest(blob(bytes("second")), unread()));
      // While it waited it let go of what it had.
      assertTrue(store.content.has(blob(bytes("third")).digest()));
      assertFalse(batch.ingest(blob(bytes("first")), unread()));
      batch.commit();
    }
    resume.join();
    assertEquals("written true", out.readLine());
    assertEquals(0, other.waitFor());
    assertEquals(3, store.content.list().size());
    store.verifyEverythingListed();
  }

  @Test
  void aKilledWritersBlobIsTakenOver() throws Exception {
    Process other =
        OtherProcess.start(List.of(), "slow-ingest", root.toString(), "first", "second");
    assertEquals("paused", other.inputReader().readLine());
    other.destroyForcibly().waitFor();
    assertEquals(2, filesIn(store.dirs.ingest()).size());
    assertTrue(store.content.ingest(blob(bytes("second")), stream(bytes("second"))));
    assertEquals(1, store.content.removeStaleIngests());
    assertEquals(List.of(), filesIn(store.dirs.ingest()));
    assertEquals(1, store.content.list().size());
  }

  private static InputStream counting(byte[] bytes, AtomicInteger reads) {
    return new ByteArrayInputStream(bytes) {
      private boolean counted;

      @Override
      public synchronized int read(byte[] b, int off, int len) {
        if (!counted) {
          counted = true;
          reads.incrementAndGet();
        }
        return super.read(b, off, len);
      }
    };
  }
}
