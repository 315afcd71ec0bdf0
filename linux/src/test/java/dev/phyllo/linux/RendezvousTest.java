package dev.phyllo.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RendezvousTest {
  @BeforeEach
  void needsTheEntry() {
    assumeTrue(Linux.isSupported(), "needs Linux on a processor with a native entry");
  }

  private static Plan plan(Rendezvous rendezvous, int status) {
    Plan.Builder plan = Plan.builder().meet(rendezvous);
    String exit = "exit " + status;
    plan.execve(
        Text.bytes("/bin/sh"),
        List.of(Text.bytes("sh"), Text.bytes("-c"), Text.bytes(exit)),
        List.of());
    return plan.build();
  }

  @Test
  void theChildWaitsUntilTheLauncherHasDoneItsPart() {
    AtomicInteger met = new AtomicInteger();
    try (Rendezvous rendezvous =
        new Rendezvous((pid, _) -> {
          assertTrue(Files.exists(Path.of("/proc/" + pid)), "it is there and waits");
          met.set(pid);
        })) {
      try (Child child = Launcher.launch(plan(rendezvous, 3), StepListener.NONE)) {
        assertEquals(child.pid(), met.get());
        assertEquals(3, child.waitFor().exitCode());
      }
    }
  }

  @Test
  void aPartThatFailsEndsTheChildAndIsToldToTheLauncher() {
    AtomicInteger met = new AtomicInteger();
    SystemException failure = new SystemException("the part", "failed", "", Errno.EPERM);
    try (Rendezvous rendezvous =
        new Rendezvous((pid, _) -> {
          met.set(pid);
          throw failure;
        })) {
      Plan plan = plan(rendezvous, 0);
      SystemException thrown =
          assertThrows(
              SystemException.class, () -> Launcher.launch(plan, StepListener.NONE).close());
      assertSame(failure, thrown);
    }
    assertFalse(Files.exists(Path.of("/proc/" + met.get())), "the child is gone and reaped");
  }

  @Test
  void aPlanThatFailsBeforeItMeetsNobodyEndsAllTheSame() {
    AtomicInteger met = new AtomicInteger();
    try (Rendezvous rendezvous = new Rendezvous((pid, _) -> met.set(pid))) {
      Plan.Builder builder = Plan.builder();
      builder.chdir("/no/such/directory");
      builder.meet(rendezvous);
      Plan plan = builder.build();
      SystemException thrown =
          assertThrows(
              SystemException.class, () -> Launcher.launch(plan, StepListener.NONE).close());
      assertEquals(Errno.ENOENT, thrown.errno());
    }
    assertEquals(0, met.get());
  }
}
