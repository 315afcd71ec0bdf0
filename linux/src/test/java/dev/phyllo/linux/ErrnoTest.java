package dev.phyllo.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ErrnoTest {
  @Test
  void everyNumberOfTheKernelHasItsOwnNameAndText() {
    Set<String> names = new HashSet<>();
    for (int errno = 1; errno < Errno.count(); errno++) {
      if (errno == 41 || errno == 58) { // EWOULDBLOCK's and EDEADLOCK's own numbers, not used
        continue;
      }
      assertTrue(Errno.name(errno).startsWith("E"), errno + " is " + Errno.name(errno));
      assertFalse(Errno.text(errno).startsWith("Unknown"), "text of " + errno);
      assertTrue(names.add(Errno.name(errno)), "twice: " + Errno.name(errno));
    }
    assertEquals(131, names.size());
  }

  @Test
  void namesAndTextsAreThoseOfErrno3() {
    assertEquals("ENOENT (No such file or directory)", Errno.describe(Errno.ENOENT));
    assertEquals("EAGAIN", Errno.name(11));
    assertEquals("EOPNOTSUPP", Errno.name(95));
    assertEquals("EHWPOISON", Errno.name(133));
  }

  @Test
  void aNumberThatIsNoErrorIsShownAsANumber() {
    assertEquals("errno 4711", Errno.name(4711));
    assertEquals("errno 0", Errno.name(0));
    assertEquals("Unknown error -3", Errno.text(-3));
  }
}
