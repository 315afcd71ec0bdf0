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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One more process in a container, seen from here until its end, or until the user detaches or goes
 * away: it goes on then.
 */
final class Execution {
  private static final int CHUNK = 16 << 10;

  private final SignalRelay relay;
  private final Executed started;
  private final boolean tty;
  private final byte[] chunk = new byte[CHUNK];

  private Execution(SignalRelay relay, Executed started, boolean tty) {
    this.relay = relay;
    this.started = started;
    this.tty = tty;
  }

  static int run(
      Containers containers,
      Container container,
      ExecSpec spec,
      boolean detached,
      DetachKeys keys) {
    if (detached) {
      containers.processes().exec(container, spec, Optional.empty(), false).close();
      return 0;
    }
    // Handlers first: a signal that arrives while it is being started must not be lost.
    try (SignalRelay relay = SignalRelay.install();
        Executed started = containers.processes().exec(container, spec, size(spec), true)) {
      byte[] modes =
          spec.tty() && spec.stdin() && Terminal.is(Fd.STDIN)
              ? Terminal.makeRaw(Fd.STDIN)
              : new byte[0];
      try {
        return new Execution(relay, started, spec.tty()).watch(spec.stdin(), keys);
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

  private int watch(boolean wantsInput, DetachKeys keys) {
    List<Fd> fds = new ArrayList<>(List.of(relay.fd(), started.child().pidfd()));
    Fd input = started.input();
    Fd master = tty ? input : null;
    if (master != null) {
      fds.add(master);
    }
    if (input != null && wantsInput) {
      AttachedInput typed =
          new AttachedInput(
              FileData.duplicate(input), tty ? keys : DetachKeys.NEVER, this::inputEnded);
      typed.start();
      fds.add(typed.detached());
    }
    while (true) {
      boolean[] ready = Poll.readable(fds, -1);
      if (ready[0] && received(master)) {
        return 128 + Signals.HUP;
      }
      boolean more = master != null && ready[2] && show(master);
      if (ready[1]) {
        while (master != null && (more || Poll.readable(master, 0))) {
          more = show(master);
          if (!more) {
            break;
          }
        }
        return started.child().waitFor().exitCode();
      }
      if (tty && ready.length > 3 && ready[3]) {
        return Attachment.DETACHED;
      }
    }
  }

  /** A pipe's reader is told of its end; of a terminal there is none. */
  private void inputEnded() {
    Fd input = started.input();
    if (!tty && input != null) {
      input.close();
    }
  }

  /**
   * Passes them on; returns whether this terminal has gone away, which the process does not mind.
   */
  private boolean received(@Nullable Fd master) {
    for (int signal : relay.received()) {
      if (signal == Signals.HUP) {
        return true;
      }
      if (signal == Signals.WINCH && master != null) {
        Attachment.size().ifPresent(size -> Terminal.resize(master, size));
      } else if (signal != Signals.CONT && signal != Signals.WINCH) {
        started.child().signal(signal);
      }
    }
    return false;
  }

  /** Returns whether there was something. */
  private boolean show(Fd master) {
    int got = FileData.tryRead(master, chunk, 0, chunk.length);
    if (got <= 0) {
      // EIO: nobody has the terminal open any more, or not yet again.
      Life.sleep(1);
      return false;
    }
    return FileData.tryWrite(Fd.STDOUT, chunk, 0, got) == 0;
  }
}
