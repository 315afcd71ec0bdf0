package dev.phyllo.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Names of capabilities and signals. */
class NamesTest {
  @Test
  void capabilitiesGoFromNumbersToNamesAndBack() {
    assertEquals(41, Capabilities.count());
    for (int number = 0; number < Capabilities.count(); number++) {
      assertEquals(number, Capabilities.number(Capabilities.name(number)));
    }
    assertEquals(21, Capabilities.number("sys_admin"));
    assertEquals(-1, Capabilities.number("CAP_NOPE"));
    assertEquals(0xa80425fbL, Capabilities.DOCKER_DEFAULT);
  }

  @Test
  void theKernelHasAtLeastTheCapabilitiesOfDockersDefault() {
    Kernels.needLinux();
    assertTrue(Capabilities.last() >= 31);
    assertEquals(Capabilities.DOCKER_DEFAULT, Capabilities.all() & Capabilities.DOCKER_DEFAULT);
  }

  @Test
  void signalsAreKnownByNameAndNumber() {
    assertEquals(15, Signals.number("SIGTERM"));
    assertEquals(15, Signals.number("term"));
    assertEquals(9, Signals.number("9"));
    assertEquals(-1, Signals.number("NOPE"));
    assertEquals(-1, Signals.number("0"));
    assertEquals(-1, Signals.number("65"));
    assertEquals(34, Signals.number("RTMIN"));
    assertEquals(37, Signals.number("SIGRTMIN+3"));
    assertEquals(63, Signals.number("rtmax-1"));
    assertEquals(-1, Signals.number("RTMIN+31"));
    assertEquals(-1, Signals.number("RTMAX+1"));
    assertEquals("SIGWINCH", Signals.name(28));
    assertEquals("SIGRTMIN+3", Signals.name(37));
  }

  @Test
  void anExitStatusIsReadFromTheWaitStatus() {
    assertEquals(new ExitStatus(5, 0), ExitStatus.ofWait(5 << 8));
    assertEquals(new ExitStatus(0, 15), ExitStatus.ofWait(15));
    assertEquals(new ExitStatus(0, 11), ExitStatus.ofWait(11 | 0x80)); // with a core dump
    assertEquals(143, new ExitStatus(0, 15).exitCode());
  }
}
