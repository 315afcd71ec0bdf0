package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.StepListener;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SignalRelayTest {
  @BeforeEach
  void need() {
    Kernels.needLinux();
  }

  private static Child sh(String script) {
    Plan.Builder plan = Plan.builder();
    ProcessRecipes.defaultSignals(plan);
    List<byte[]> arguments = List.of(bytes("sh"), bytes("-c"), bytes(script));
    ProcessRecipes.exec(plan, "/bin/sh", null, arguments, List.of());
    return Launcher.launch(plan.build(), StepListener.NONE);
  }

  private static void signalMyself(int signal) {
    assertEquals(0, Kernel.call(Sys.KILL, Ids.pid(), signal));
  }

  private static byte[] handler(int signal) {
    Memory memory = Scratch.fresh();
    long action = memory.room(32);
    assertEquals(0, Kernel.call(Sys.RT_SIGACTION, signal, 0, action, 8));
    return memory.get(action, 32);
  }

  @Test
  void aSignalToThisProcessEndsTheChildAndNotUs() {
    for (int signal : new int[] {Signals.TERM, Signals.INT, Signals.HUP, Signals.USR1}) {
      try (SignalRelay relay = SignalRelay.install();
          Child child = sh("exec sleep 60")) {
        signalMyself(signal);
        assertEquals(new ExitStatus(0, signal), relay.waitFor(child));
      }
    }
  }

  @Test
  void manySignalsAreAllPassedOn() throws Exception {
    String script =
        "n=0; trap 'n=$((n+1)); [ $n = 3 ] && exit 9' USR2; echo; while :; do sleep 0.02; done";
    Fd[] pipe = FileData.pipe(0);
    Plan.Builder plan = Plan.builder();
    plan.dup3(Arg.of(pipe[1]), 1);
    List<byte[]> arguments = List.of(bytes("sh"), bytes("-c"), bytes(script));
    ProcessRecipes.exec(plan, "/bin/sh", null, arguments, List.of(bytes("PATH=/usr/bin:/bin")));
    try (SignalRelay relay = SignalRelay.install();
        Child child = Launcher.launch(plan.build(), StepListener.NONE)) {
      FileData.read(pipe[0], new byte[1], 0, 1); // the trap is set
      Thread sender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int i = 0; i < 3; i++) {
                    signalMyself(Signals.USR2);
                    Thread.sleep(200);
                  }
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertEquals(new ExitStatus(9, 0), relay.waitFor(child));
      sender.join();
    } finally {
      pipe[0].close();
      pipe[1].close();
    }
  }

  @Test
  void closingPutsTheHandlersBack() {
    byte[] before = handler(Signals.TERM);
    byte[] windowBefore = handler(Signals.WINCH);
    SignalRelay relay = SignalRelay.install();
    assertThrows(ConflictException.class, SignalRelay::install);
    relay.close();
    relay.close();
    assertArrayEquals(before, handler(Signals.TERM));
    assertArrayEquals(windowBefore, handler(Signals.WINCH));
    SignalRelay.install().close();
  }

  @Test
  void aChildThatHasEndedIsReapedAtOnce() {
    try (SignalRelay relay = SignalRelay.install();
        Child child = sh("exit 3")) {
      assertEquals(3, relay.waitFor(child).exitCode());
      assertEquals(-Errno.ESRCH, child.signal(Signals.TERM));
    }
  }
}
