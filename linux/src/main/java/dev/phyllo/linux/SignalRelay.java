package dev.phyllo.linux;

import dev.phyllo.oci.ConflictException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Passes signals sent to this process on to a child while it waits for that.
 *
 * <p>The handler is a dozen machine instructions of the native entry, which write the signal's
 * number into a pipe; the waiting thread polls that pipe and the child's descriptor. The JVM's own
 * handlers, which would start a shutdown at SIGTERM, are put aside until {@link #close()}. There is
 * at most one relay at a time.
 *
 * <p>Install it before the launch: a signal that arrives in between waits in the pipe.
 */
public final class SignalRelay implements AutoCloseable {
  /** HUP INT QUIT TERM USR1 USR2 ALRM WINCH CONT: what people and supervisors send. */
  private static final int[] SIGNALS = {
    Signals.HUP,
    Signals.INT,
    Signals.QUIT,
    Signals.TERM,
    Signals.USR1,
    Signals.USR2,
    Signals.ALRM,
    Signals.WINCH,
    Signals.CONT,
  };

  /** What a terminal's keys and size send to every process in front, the child too. */
  private static final int[] OF_TERMINAL = {Signals.INT, Signals.QUIT, Signals.WINCH};

  /** struct sigaction of the kernel: handler, flags, restorer, mask. */
  private static final int SIGACTION = 32;

  private static final int SIGSET = 8;
  private static final long SA_RESTORER = 0x04000000;
  private static final long SA_ONSTACK = 0x08000000;
  private static final long SA_RESTART = 0x10000000;

  private static final int POLLIN = 1;

  private static final AtomicBoolean TAKEN = new AtomicBoolean();

  private final Fd reader;
  private final Fd writer;

  /** The handlers that were there before, one after the other. */
  private final Memory before = new Memory(SIGNALS.length * SIGACTION);

  private final int[] keptBack;
  private boolean closed;

  private SignalRelay(Fd reader, Fd writer, int[] keptBack) {
    this.reader = reader;
    this.writer = writer;
    this.keptBack = keptBack;
  }

  /**
   * Takes over those signals until closed.
   *
   * @throws ConflictException if another relay is open
   */
  public static SignalRelay install() {
    return install(new int[0]);
  }

  /**
   * The same for a child in this process' own group. Where there is a terminal, what its keys send
   * comes to the child directly and is not passed on a second time.
   *
   * @throws ConflictException if another relay is open
   */
  public static SignalRelay installBesideTerminal() {
    int terminal =
        FileCalls.tryOpenat2(
            Fd.CWD, Text.bytes("/dev/tty"), Open.RDONLY | Open.NOCTTY | Open.NONBLOCK, 0, 0);
    if (terminal < 0) {
      return install();
    }
    Fd.of(terminal).close();
    return install(OF_TERMINAL);
  }

  private static SignalRelay install(int[] keptBack) {
    if (!TAKEN.compareAndSet(false, true)) {
      throw new ConflictException("signals of this process", "are being relayed already", "");
    }
    // Not blocking: a handler must never wait for a full pipe.
    Fd[] pipe = FileData.pipe(Open.NONBLOCK);
    SignalRelay relay = new SignalRelay(pipe[0], pipe[1], keptBack);
    relay.takeOver();
    return relay;
  }

  private void takeOver() {
    entry(NativeEntry.RELAY_TO, writer.number());
    Memory memory = Scratch.fresh();
    long action = memory.room(SIGACTION);
    memory.putLong(action, entry(NativeEntry.HANDLER, 0));
    // aarch64 returns from handlers through its vDSO, x86-64 needs to be told how.
    memory.putLong(action + 8, SA_RESTART | SA_ONSTACK | (Sys.isArm() ? 0 : SA_RESTORER));
    memory.putLong(action + 16, Sys.isArm() ? 0 : entry(NativeEntry.RESTORER, 0));
    memory.putLong(action + 24, 0);
    for (int signal : SIGNALS) {
      long old = before.room(SIGACTION);
      long result = Kernel.call(Sys.RT_SIGACTION, signal, action, old, SIGSET);
      Kernel.check(result, "rt_sigaction", Signals.name(signal));
    }
  }

  /** Waits until the child has ended, passing on signals that arrive meanwhile, and reaps it. */
  public ExitStatus waitFor(Child child) {
    Memory memory = new Memory(64);
    long fds = memory.room(16); // two struct pollfd: fd, events, revents
    long numbers = memory.room(32);
    memory.putInt(fds, child.pidfd().number());
    memory.putInt(fds + 8, reader.number());
    while (true) {
      memory.putInt(fds + 4, POLLIN);
      memory.putInt(fds + 12, POLLIN);
      long ready = Kernel.call(Sys.PPOLL, fds, 2, 0, 0, SIGSET);
      if (ready != -Errno.EINTR) {
        Kernel.check(ready, "ppoll", "process " + child.pid());
        if (memory.getShort(fds + 14) != 0) {
          passOn(child, memory, numbers);
        }
        if (memory.getShort(fds + 6) != 0) {
          return child.waitFor();
        }
      }
    }
  }

  /** Readable when a signal has come. */
  public Fd fd() {
    return reader;
  }

  /** The signals that have come since the last call; does not wait. */
  public List<Integer> received() {
    List<Integer> signals = new ArrayList<>();
    Memory memory = Scratch.fresh();
    long numbers = memory.room(32);
    long count = Kernel.call(Sys.READ, reader.number(), numbers, 32);
    for (long i = 0; i < count; i++) {
      signals.add((int) memory.get(numbers + i, 1)[0]);
    }
    return signals;
  }

  private void passOn(Child child, Memory memory, long numbers) {
    long count = Kernel.call(Sys.READ, reader.number(), numbers, 32);
    for (long i = 0; i < count; i++) {
      int signal = memory.get(numbers + i, 1)[0];
      if (!isKeptBack(signal)) {
        child.signal(signal);
      }
    }
  }

  private boolean isKeptBack(int signal) {
    for (int kept : keptBack) {
      if (kept == signal) {
        return true;
      }
    }
    return false;
  }

  private static long entry(int function, long argument) {
    return NativeEntry.call(function, 0, argument, 0, 0, 0, 0, 0);
  }

  /** Puts the handlers back that were there before. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (int i = 0; i < SIGNALS.length; i++) {
      long old = before.base() + (long) i * SIGACTION;
      Kernel.call(Sys.RT_SIGACTION, SIGNALS[i], old, 0, SIGSET);
    }
    entry(NativeEntry.RELAY_TO, -1);
    writer.close();
    reader.close();
    TAKEN.set(false);
  }
}
