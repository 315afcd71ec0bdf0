package dev.phyllo.linux;

import dev.phyllo.oci.InvalidException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A socket between processes of this machine that keeps messages apart: AF_UNIX, SOCK_SEQPACKET;
 * unix(7).
 *
 * <p>Addresses hold 107 bytes of a path. Sockets are therefore named through a descriptor of their
 * directory, {@code /proc/self/fd/N/NAME}, and may lie anywhere.
 */
public final class LocalSocket implements AutoCloseable {
  /** The longest message that is sent or received. */
  public static final int MAX_MESSAGE = 64 << 10;

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_TRUNC = 0x20;
  private static final int SUN_PATH = 108;
  private static final int BACKLOG = 128;

  private final Fd fd;

  private LocalSocket(Fd fd) {
    this.fd = fd;
  }

  private static LocalSocket socket() {
    long made = Kernel.call(Sys.SOCKET, AF_UNIX, SOCK_SEQPACKET | Open.CLOEXEC, 0);
    return new LocalSocket(Fd.of((int) Kernel.check(made, "socket", "a socket")));
  }

  /** Waits for callers at a name that nothing has yet. */
  public static LocalSocket listen(Path directory, String name) {
    LocalSocket socket = socket();
    try {
      Kernel.check(
          socket.at(Sys.BIND, directory, name), "bind", directory.resolve(name).toString());
      Kernel.check(Kernel.call(Sys.LISTEN, socket.fd.number(), BACKLOG), "listen", name);
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Calls whoever waits at a name; null if nobody does. */
  public static @Nullable LocalSocket connect(Path directory, String name) {
    LocalSocket socket = socket();
    long result = socket.at(Sys.CONNECT, directory, name);
    if (result == 0) {
      return socket;
    }
    socket.close();
    if (result == -Errno.ENOENT || result == -Errno.ECONNREFUSED) {
      return null;
    }
    throw Kernel.failure("connect", directory.resolve(name).toString(), (int) -result);
  }

  private long at(int nr, Path directory, String name) {
    int opened =
        FileCalls.tryOpenat2(
            Fd.CWD, Text.bytes(directory.toString()), Open.PATH | Open.DIRECTORY, 0, 0);
    if (opened < 0) {
      return opened;
    }
    try (Fd dir = Fd.of(opened)) {
      byte[] path = Text.bytes("/proc/self/fd/" + dir.number() + "/" + name);
      if (path.length >= SUN_PATH) {
        throw new InvalidException(name, "too long a name for a socket", "");
      }
      Memory memory = Scratch.fresh();
      long address = memory.room(2 + SUN_PATH);
      memory.putShort(address, AF_UNIX);
      memory
          .buffer()
          .put((int) (address - memory.base()) + 2, Arrays.copyOf(path, path.length + 1));
      return Kernel.call(nr, fd.number(), address, 2 + path.length + 1);
    }
  }

  /** The next caller; waits for one. Null if the socket is no more. */
  public @Nullable LocalSocket accept() {
    long accepted;
    do {
      accepted = Kernel.call(Sys.ACCEPT4, fd.number(), 0, 0, Open.CLOEXEC);
    } while (accepted == -Errno.EINTR || accepted == -Errno.ECONNABORTED);
    return accepted < 0 ? null : new LocalSocket(Fd.of((int) accepted));
  }

  /** The user id of the process that called, as the kernel knows it; SO_PEERCRED. */
  public long peerUid() {
    Memory memory = Scratch.fresh();
    long credentials = memory.room(16); // pid, uid, gid
    long size = memory.room(8);
    memory.putInt(size, 12);
    Kernel.check(
        Kernel.call(Sys.GETSOCKOPT, fd.number(), SOL_SOCKET, SO_PEERCRED, credentials, size),
        "getsockopt",
        "SO_PEERCRED");
    return Integer.toUnsignedLong(memory.getInt(credentials + 4));
  }

  /**
   * Sends a message whole.
   *
   * @return false if the other side is gone
   */
  public boolean send(byte[] message) {
    if (message.length > MAX_MESSAGE) {
      throw new InvalidException(
          "a message of " + message.length + " bytes", "longer than " + MAX_MESSAGE, "");
    }
    Memory memory = Scratch.large();
    long at = memory.bytes(message);
    long sent;
    do {
      sent = Kernel.call(Sys.SENDTO, fd.number(), at, message.length, MSG_NOSIGNAL, 0, 0);
    } while (sent == -Errno.EINTR);
    if (sent == -Errno.EPIPE || sent == -Errno.ECONNRESET) {
      return false;
    }
    Kernel.check(sent, "send", "a message");
    return true;
  }

  /**
   * The next message; waits for one.
   *
   * @return null if the other side is gone
   * @throws InvalidException if it is longer than {@link #MAX_MESSAGE}
   */
  public byte @Nullable [] receive() {
    Memory memory = Scratch.large();
    long at = memory.room(MAX_MESSAGE);
    long got;
    do {
      got = Kernel.call(Sys.RECVFROM, fd.number(), at, MAX_MESSAGE, MSG_TRUNC, 0, 0);
    } while (got == -Errno.EINTR);
    if (got == 0 || got == -Errno.ECONNRESET) {
      return null;
    }
    Kernel.check(got, "recv", "a message");
    if (got > MAX_MESSAGE) {
      throw new InvalidException("a message of " + got + " bytes", "longer than allowed", "");
    }
    return memory.get(at, (int) got);
  }

  /** Readable when there is a caller or a message. */
  public Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }
}
