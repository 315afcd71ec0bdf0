package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.ExecSpec;
import dev.phyllo.containers.Executed;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Poll;
import dev.phyllo.linux.SignalRelay;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.Terminal;
import java.util.List;
import java.util.Optional;

/** One more process in a container, seen from here until its end. */
final class Execution {
  private static final int CHUNK = 16 << 10;

  private Execution() {}

  static int run(Containers containers, Container container, ExecSpec spec, boolean detached) {
    if (detached) {
      containers.processes().exec(container, spec, Optional.empty(), false).close();
      return 0;
    }
    // Handlers first: a signal that arrives while it is being started must not be lost.
    try (SignalRelay relay = SignalRelay.install();
        Executed started = containers.processes().exec(container, spec, size(spec), true)) {
      Fd master = started.master();
      if (master == null) {
        return relay.waitFor(started.child()).exitCode();
      }
      byte[] modes =
          spec.stdin() && Terminal.is(Fd.STDIN) ? Terminal.makeRaw(Fd.STDIN) : new byte[0];
      try {
        return atTerminal(relay, started, master, spec.stdin());
      } finally {
        if (modes.length > 0) {
          Terminal.modes(Fd.STDIN, modes);
        }
      }
    }
  }

  private static Optional<Terminal.Size> size(ExecSpec spec) {
    return spec.tty() ? Attachment.size() : Optional.empty();
  }

  private static int atTerminal(
      SignalRelay relay, Executed started, Fd master, boolean wantsInput) {
    if (wantsInput) {
      Thread input = new Thread(() -> type(master), "input");
      input.setDaemon(true);
      input.start();
    }
    List<Fd> fds = List.of(relay.fd(), master, started.child().pidfd());
    byte[] chunk = new byte[CHUNK];
    while (true) {
      boolean[] ready = Poll.readable(fds, -1);
      if (ready[0]) {
        for (int signal : relay.received()) {
          if (signal == Signals.WINCH) {
            Attachment.size().ifPresent(size -> Terminal.resize(master, size));
          } else if (signal != Signals.CONT) {
            started.child().signal(signal);
          }
        }
      }
      boolean more = ready[1] && show(master, chunk);
      if (ready[2]) {
        while (more || Poll.readable(master, 0) && show(master, chunk)) {
          more = Poll.readable(master, 0) && show(master, chunk);
        }
        return started.child().waitFor().exitCode();
      }
    }
  }

  /** Returns whether there was something. */
  private static boolean show(Fd master, byte[] chunk) {
    int got = FileData.tryRead(master, chunk, 0, chunk.length);
    if (got <= 0) {
      // EIO: nobody has the terminal open any more, or not yet again.
      Life.sleep(1);
      return false;
    }
    return FileData.tryWrite(Fd.STDOUT, chunk, 0, got) == 0;
  }

  private static void type(Fd master) {
    byte[] chunk = new byte[4096];
    int got = FileData.tryRead(Fd.STDIN, chunk, 0, chunk.length);
    while (got > 0 && FileData.tryWrite(master, chunk, 0, got) == 0) {
      got = FileData.tryRead(Fd.STDIN, chunk, 0, chunk.length);
    }
  }
}
