package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Output;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Inotify;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Poll;
import dev.phyllo.linux.SignalRelay;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * This process' terminal, or its standard descriptors, at a container that runs by itself: what is
 * typed goes there, what it writes comes here, until it ends or the user detaches.
 *
 * <p>Output is read from the logs, input goes straight into the container's terminal or pipe. No
 * other process takes part, so neither this end nor a supervisor's is noticed inside.
 */
public final class Attachment {
  /** How it ended if the user detached. */
  public static final int DETACHED = -1;

  private final Life life;
  private final Containers containers;
  private final Container container;
  private final boolean tty;
  private @Nullable Output output;
  private boolean wantsInput;
  private boolean wantsOutput = true;
  private boolean broken;
  private boolean missed;
  private boolean passesSignals = true;
  private DetachKeys keys = DetachKeys.DEFAULT;

  Attachment(Life life, Containers containers, Container container) {
    this.life = life;
    this.containers = containers;
    this.container = container;
    this.tty = container.spec().process().tty();
  }

  /** Passes standard input on. */
  public Attachment input(boolean yes) {
    wantsInput = yes;
    return this;
  }

  /** Shows what it writes. */
  public Attachment output(boolean yes) {
    wantsOutput = yes;
    return this;
  }

  /** Passes signals on where there is no terminal. */
  public Attachment passingSignals(boolean yes) {
    passesSignals = yes;
    return this;
  }

  /** What detaches when it is typed. */
  public Attachment detachKeys(DetachKeys those) {
    keys = those;
    return this;
  }

  /** How large this process' terminal is; empty if it has none. */
  public static Optional<Terminal.Size> size() {
    return Terminal.size(Fd.STDOUT).or(() -> Terminal.size(Fd.STDIN));
  }

  /**
   * Whether something was removed from its log before it could be shown: a log of a given size
   * makes no container wait for a slow reader.
   */
  public boolean hasMissed() {
    return missed;
  }

  /** From now on nothing it writes is missed. */
  public Attachment begin() {
    Output opened = containers.output(container);
    opened.skip();
    if (wantsOutput) {
      opened.keepAll();
    }
    output = opened;
    return this;
  }

  /**
   * Stays until it ends, or the user detaches.
   *
   * @return its exit status, {@link #DETACHED}, or 128 and the number of a signal that ended this
   */
  public int stay() {
    Output opened = output;
    if (opened == null) {
      begin();
      opened = output;
    }
    byte[] modes = null;
    try (SignalRelay relay = SignalRelay.install();
        Output out = opened;
        Inotify inotify = Inotify.open();
        Pidfd process = containers.processes().of(container)) {
      if (tty && wantsInput && Terminal.is(Fd.STDIN)) {
        modes = Terminal.makeRaw(Fd.STDIN);
      }
      return out == null || process == null ? ended(out) : stay(relay, out, inotify, process);
    } finally {
      if (modes != null) {
        Terminal.modes(Fd.STDIN, modes);
      }
    }
  }

  private int stay(SignalRelay relay, Output out, Inotify inotify, Pidfd process) {
    for (java.nio.file.Path file : out.watched()) {
      inotify.watch(file);
    }
    Fd input = wantsInput || tty ? containers.processes().input(container) : null;
    AttachedInput typed = null;
    if (input != null && wantsInput) {
      typed = new AttachedInput(input, keys, this::inputEnded);
      typed.start();
    }
    List<Fd> fds = new ArrayList<>(List.of(relay.fd(), inotify.fd(), process.fd()));
    if (typed != null) {
      fds.add(typed.detached());
    }
    resize(input);
    while (true) {
      show(out);
      if (broken) {
        return 128 + Signals.PIPE; // as who writes to nobody; the container goes on
      }
      boolean[] ready = Poll.readable(fds, -1);
      if (ready[0]) {
        for (int signal : relay.received()) {
          int end = received(signal, process, input);
          if (end > 0) {
            return end;
          }
        }
      }
      if (ready[1]) {
        inotify.changed();
      }
      if (ready[2]) {
        return ended(out);
      }
      if (ready.length > 3 && ready[3]) {
        show(out);
        return DETACHED;
      }
    }
  }

  /** Returns the exit status if this process is to end, 0 if not. */
  private int received(int signal, Pidfd process, @Nullable Fd input) {
    if (signal == Signals.WINCH) {
      resize(input);
      return 0;
    }
    if (signal == Signals.CONT) {
      return 0;
    }
    if (!tty && passesSignals) {
      process.signal(signal);
      return 0;
    }
    return 128 + signal;
  }

  private void resize(@Nullable Fd master) {
    if (tty && master != null) {
      size().ifPresent(size -> Terminal.resize(master, size));
    }
  }

  private void show(Output out) {
    if (wantsOutput) {
      try {
        out.copy(STDOUT, STDERR);
        missed |= out.hasMissed();
      } catch (dev.phyllo.oci.SystemException e) {
        wantsOutput = false; // whoever read it is gone
        broken = true;
      }
    }
  }

  private static final OutputStream STDOUT = new FileOutputStream(FileDescriptor.out);
  private static final OutputStream STDERR = new FileOutputStream(FileDescriptor.err);

  private int ended(@Nullable Output out) {
    Optional<Integer> status = life.awaitStarted(container);
    if (out != null) {
      show(out);
    }
    return status.orElse(255);
  }

  /** Ours is at its end: if it was the only one there will be, so is the container's. */
  private void inputEnded() {
    if (!tty && container.spec().life().stdinOnce()) {
      containers.processes().endInput(container);
    }
  }
}
