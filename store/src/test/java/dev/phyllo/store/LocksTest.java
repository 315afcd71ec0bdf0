package dev.phyllo.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocksTest {
  @TempDir Path dir;

  private Locks locks() {
    return new Locks(dir.resolve("locks"), NioFileLocker.INSTANCE);
  }

  @Test
  void theDirectoryComesIntoBeingWithTheFirstLock() {
    Locks locks = locks();
    assertFalse(Files.exists(locks.directory()));
    locks.acquire("a", Locks.Mode.SHARED).close();
    assertTrue(Files.isDirectory(locks.directory()));
  }

  @Test
  void twoStoresInOneJvmExcludeEachOther() {
    try (FileLocker.Held _ = locks().acquire("a", Locks.Mode.EXCLUSIVE)) {
      assertNull(locks().tryAcquire("a", Locks.Mode.EXCLUSIVE));
      assertNull(locks().tryAcquire("a", Locks.Mode.SHARED));
      FileLocker.Held other = locks().tryAcquire("b", Locks.Mode.EXCLUSIVE);
      assertNotNull(other);
      other.close();
    }
    FileLocker.Held again = locks().tryAcquire("a", Locks.Mode.EXCLUSIVE);
    assertNotNull(again);
    again.close();
  }

  @Test
  void aPathThroughASymbolicLinkIsTheSameLock() throws Exception {
    Files.createDirectory(dir.resolve("locks"));
    Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("locks"));
    try (FileLocker.Held _ = locks().acquire("a", Locks.Mode.EXCLUSIVE)) {
      assertNull(new Locks(link, NioFileLocker.INSTANCE).tryAcquire("a", Locks.Mode.SHARED));
    }
  }

  @Test
  void manyShareAndTheLastOneOpensTheWayForWhoWantsItAlone() {
    FileLocker.Held first = locks().acquire("a", Locks.Mode.SHARED);
    FileLocker.Held second = locks().acquire("a", Locks.Mode.SHARED);
    first.close();
    first.close(); // once more does nothing
    assertNull(locks().tryAcquire("a", Locks.Mode.EXCLUSIVE));
    second.close();
    FileLocker.Held alone = locks().tryAcquire("a", Locks.Mode.EXCLUSIVE);
    assertNotNull(alone);
    alone.close();
  }

  @Test
  void aLockMayBeGivenBackByAnotherThread() throws Exception {
    FileLocker.Held held = locks().acquire("a", Locks.Mode.EXCLUSIVE);
    Thread.ofVirtual().start(held::close).join();
    FileLocker.Held again = locks().tryAcquire("a", Locks.Mode.EXCLUSIVE);
    assertNotNull(again);
    again.close();
  }

  @Test
  void virtualAndPlatformThreadsNeverMeetInsideAnExclusiveLock() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger readers = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    AtomicBoolean met = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      boolean alone = i % 3 != 0;
      Locks locks = locks();
      Runnable work =
          () -> {
            for (int round = 0; round < 20; round++) {
              try (FileLocker.Held _ =
                  locks.acquire("a", alone ? Locks.Mode.EXCLUSIVE : Locks.Mode.SHARED)) {
                AtomicInteger mine = alone ? inside : readers;
                int already = mine.getAndIncrement();
                if (alone && (already > 0 || readers.get() > 0) || !alone && inside.get() > 0) {
                  met.set(true);
                }
                Thread.onSpinWait();
                mine.decrementAndGet();
              }
            }
            done.incrementAndGet();
          };
      threads.add(i % 2 == 0 ? Thread.ofVirtual().start(work) : Thread.ofPlatform().start(work));
    }
    for (Thread t : threads) {
      t.join();
    }
    assertEquals(40, done.get());
    assertFalse(met.get());
  }

  @Test
  void anInterruptedWaiterSaysSoAndLeavesTheLockUsable() throws Exception {
    FileLocker.Held held = locks().acquire("a", Locks.Mode.EXCLUSIVE);
    CountDownLatch failed = new CountDownLatch(1);
    Thread waiter =
        Thread.ofPlatform()
            .start(() -> {
              assertThrows(SystemException.class, () -> locks().acquire("a", Locks.Mode.SHARED));
              assertTrue(Thread.currentThread().isInterrupted());
              failed.countDown();
            });
    while (waiter.getState() != Thread.State.WAITING) {
      Thread.sleep(1);
    }
    waiter.interrupt();
    assertTrue(failed.await(10, TimeUnit.SECONDS));
    held.close();
    locks().acquire("a", Locks.Mode.EXCLUSIVE).close();
  }

  @Test
  void anotherProcessIsExcludedUntilItEnds() throws Exception {
    Process other = OtherProcess.start(List.of(), "hold", dir.toString(), "a", "EXCLUSIVE");
    Locks locks = new TestStore(dir).locks;
    BufferedReader out = other.inputReader();
    assertEquals("held", out.readLine());
    assertNull(locks.tryAcquire("a", Locks.Mode.SHARED));
    assertNull(locks.tryAcquire("a", Locks.Mode.SHARED)); // the first try left nothing behind
    CountDownLatch got = new CountDownLatch(1);
    Thread.ofVirtual()
        .start(() -> {
          locks.acquire("a", Locks.Mode.EXCLUSIVE).close();
          got.countDown();
        });
    assertFalse(got.await(200, TimeUnit.MILLISECONDS));
    other.destroyForcibly().waitFor(); // killed: the system gives its locks back
    assertTrue(got.await(10, TimeUnit.SECONDS));
  }

  @Test
  void processesShare() throws Exception {
    Process other = OtherProcess.start(List.of(), "hold", dir.toString(), "a", "SHARED");
    Locks locks = new TestStore(dir).locks;
    assertEquals("held", other.inputReader().readLine());
    FileLocker.Held shared = locks.tryAcquire("a", Locks.Mode.SHARED);
    assertNotNull(shared);
    shared.close();
    assertNull(locks.tryAcquire("a", Locks.Mode.EXCLUSIVE));
    other.outputWriter().close();
    assertEquals(0, other.waitFor());
  }

  @Test
  void aNameThatLeavesTheDirectoryIsRefused() {
    for (String name : List.of("", ".", "..", "../a", "a/b", ".a")) {
      assertThrows(InvalidException.class, () -> locks().acquire(name, Locks.Mode.SHARED), name);
    }
  }
}
