package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class XattrsTest {
  private static final byte[] BINARY = {0, 1, (byte) 0xff, 0, '\n', (byte) 0x80};
  private static final byte[] NAME = bytes("user.phyllo");

  @TempDir Path temp;
  private Fd dir = Fd.CWD;

  @BeforeEach
  void openDirectory() {
    Kernels.needLinux();
    dir = Kernels.directory(temp);
    FileCalls.openat2(dir, bytes("f"), Open.WRONLY | Open.CREAT, 0600, 0).close();
    int supported = Xattrs.trySet(dir, NAME, BINARY, 0);
    assumeTrue(supported == 0, "no user xattrs on the temporary directory");
  }

  @AfterEach
  void closeDirectory() {
    Xattrs.useAtCalls(true);
    dir.close();
  }

  @Test
  void valuesAreBytesWithNulsAndAll() {
    assertArrayEquals(BINARY, Xattrs.get(dir, NAME));
    assertEquals(-Errno.EEXIST, Xattrs.trySet(dir, NAME, BINARY, Xattrs.CREATE));
    assertEquals(1, Xattrs.list(dir).size());
    assertArrayEquals(NAME, Xattrs.list(dir).getFirst());
    assertEquals(0, Xattrs.tryRemove(dir, NAME));
    assertNull(Xattrs.get(dir, NAME));
    assertEquals(-Errno.ENODATA, Xattrs.tryRemove(dir, NAME));
  }

  @Test
  void aFileIsNamedByDirectoryAndName() {
    roundTripByName();
  }

  @Test
  void olderKernelsAreAskedThroughProc() {
    Xattrs.useAtCalls(false);
    roundTripByName();
  }

  private void roundTripByName() {
    byte[] entry = bytes("f");
    Xattrs.set(dir, entry, NAME, BINARY, 0);
    Xattrs.set(dir, entry, bytes("user.empty"), new byte[0], 0);
    assertArrayEquals(BINARY, Xattrs.get(dir, entry, NAME));
    assertArrayEquals(new byte[0], Xattrs.get(dir, entry, bytes("user.empty")));
    assertEquals(2, Xattrs.list(dir, entry).size());
    assertEquals(0, Xattrs.tryRemove(dir, entry, NAME));
    assertNull(Xattrs.get(dir, entry, NAME));
  }

  @Test
  void aSymbolicLinkIsNotFollowed() {
    FileCalls.symlinkat(bytes("f"), dir, bytes("link"));
    Xattrs.set(dir, bytes("f"), NAME, BINARY, 0);
    for (boolean atCalls : new boolean[] {true, false}) {
      Xattrs.useAtCalls(atCalls);
      assertNull(Xattrs.get(dir, bytes("link"), NAME));
      // Links cannot have attributes of users at all.
      assertEquals(-Errno.EPERM, Xattrs.trySet(dir, bytes("link"), NAME, BINARY, 0));
    }
  }

  @Test
  void fileCapabilitiesSurvive() {
    Kernels.needRoot();
    byte[] capability = new byte[20];
    capability[0] = 1; // effective
    capability[3] = 2; // version 2
    capability[5] = 4; // CAP_NET_BIND_SERVICE permitted
    Xattrs.set(dir, bytes("f"), bytes("security.capability"), capability, 0);
    assertArrayEquals(capability, Xattrs.get(dir, bytes("f"), bytes("security.capability")));
  }
}
