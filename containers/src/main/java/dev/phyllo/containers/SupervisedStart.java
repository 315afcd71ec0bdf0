package dev.phyllo.containers;

import dev.phyllo.containers.ContainerState.ProcessId;
import dev.phyllo.containers.ContainerState.Processes;
import dev.phyllo.linux.Child;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Keeper;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Rendezvous;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a container that outlives the process which starts it needs beyond others: logs, a {@link
 * Keeper} that fills them, and a record of its process that is written before the process does
 * anything of its own.
 *
 * <p>It has pipes, or a terminal, and no file for its output: a program that opens {@code
 * /dev/stdout} anew, as shells do for {@code > /dev/stderr}, would cut a file to nothing.
 */
final class SupervisedStart implements AutoCloseable {
  private final Container container;
  private final Path directory;
  private final ContainerState before;
  private final Starting start;
  private final Rendezvous meeting;
  private final Fd @Nullable [] input;
  private final Fd @Nullable [] output;
  private final Fd @Nullable [] errors;
  private final Terminal.@Nullable Pair terminal;
  private final List<Child> keepers = new ArrayList<>();
  private ContainerState now;

  /**
   * Prepares it.
   *
   * @param before its state while it is being started
   * @param size how large its terminal is, if it has one
   */
  SupervisedStart(Starting start, ContainerState before, Optional<Terminal.Size> size) {
    this.container = start.container();
    this.directory = start.directory();
    this.before = before;
    this.now = before;
    this.start = start;
    boolean tty = container.spec().process().tty();
    start.at("the terminal and the logs");
    if (tty) {
      Fd devpts = start.hold(DeviceSteps.terminals(start));
      Terminal.Pair pair = Terminal.open(devpts);
      start.hold(pair.master());
      start.hold(pair.slave());
      if (size.isPresent()) {
        Terminal.resize(pair.master(), size.get());
      }
      start.devpts = devpts;
      start.terminal = pair.slave();
      terminal = pair;
      input = null;
      output = null;
      errors = null;
    } else {
      terminal = null;
      input = container.spec().process().stdin() ? pipe() : null;
      output = pipe();
      errors = pipe();
      start.stdin = input == null ? null : input[0];
      start.out = output[1];
      start.err = errors[1];
    }
    meeting = new Rendezvous((_, pidfd) -> writeDown(pidfd));
    start.meeting = meeting;
  }

  private Fd[] pipe() {
    Fd[] pipe = FileData.pipe(0);
    start.hold(pipe[0]);
    start.hold(pipe[1]);
    return pipe;
  }

  /** While the process waits. */
  private void writeDown(Fd pidfd) {
    StartFaults.before("the keeper");
    Keeper kept = new Keeper("phyllo-keeper " + container.id(), pidfd);
    LogFiles logs = container.logs(directory);
    logs.closeFull();
    try (Fd in = logs.openPlace();
        Fd outLog = logs.open(LogFiles.OUTPUT);
        Fd errLog = logs.open(LogFiles.ERRORS)) {
      if (terminal != null) {
        logs.follow(kept, in, List.of(terminal.master()), List.of(outLog));
      } else if (output != null && errors != null) {
        logs.follow(kept, in, List.of(output[0], errors[0]), List.of(outLog, errLog));
      }
      Child taker = kept.start();
      keepers.add(taker);
      StartFaults.after("the keeper");
      StartFaults.before("the keeper of the input");
      // One of its own, so that its end is the end of the input and of nothing else.
      Child holder =
          input == null
              ? null
              : new Keeper("phyllo-keeper " + container.id(), pidfd).holding(input[1]).start();
      if (holder != null) {
        keepers.add(holder);
      }
      StartFaults.after("the keeper of the input");
      ProcessId own = ProcessId.of(Pidfd.numberOf(pidfd));
      now =
          before.running(
              Processes.of(own, StateFile.bootId())
                  .keptBy(
                      ProcessId.of(taker.pid()),
                      holder == null ? ProcessId.NONE : ProcessId.of(holder.pid())));
      StartFaults.before("the record");
      StateFile.write(directory, now, !container.ephemeral());
      StartFaults.after("the record");
    }
  }

  /**
   * The container's process is another than the one that was written down so far: a runtime has
   * made it, or it was born anew in another pid namespace.
   */
  void found(int pid) {
    now = now.withOwn(ProcessId.of(pid));
    StateFile.write(directory, now, !container.ephemeral());
  }

  /** What was written down. */
  ContainerState state() {
    return now;
  }

  /** The keepers, to be reaped by whoever keeps the container. */
  List<Child> keepers() {
    return keepers;
  }

  /** The start failed: nobody needs the keepers. */
  void abandon() {
    for (Child keeper : keepers) {
      try (keeper) {
        keeper.signal(Signals.KILL);
        keeper.waitFor();
      }
    }
  }

  @Override
  public void close() {
    meeting.close();
  }
}
