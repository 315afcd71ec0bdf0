package dev.phyllo.containers;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Terminal;
import org.jspecify.annotations.Nullable;

/** What a process in a container has as 0, 1 and 2. */
final class StandardStreams {
  private StandardStreams() {}

  /**
   * Adds the steps.
   *
   * @param start what it is to have; this process' own where that says nothing
   * @param nothing a descriptor of /dev/null
   */
  static void connect(
      Plan.Builder plan,
      ContainerSpec spec,
      Accounts.Identity identity,
      Starting start,
      Fd nothing) {
    Fd terminal = start.terminal;
    if (terminal != null) {
      give(plan, terminal, identity, start);
      for (int fd = 0; fd <= 2; fd++) {
        plan.dup3(Arg.of(terminal), fd);
      }
      return;
    }
    if (!spec.process().stdin()) {
      plan.dup3(Arg.of(nothing), 0);
    }
    @Nullable Fd[] given = {start.stdin, start.out, start.err};
    for (int fd = 0; fd <= 2; fd++) {
      Fd one = given[fd];
      if (one != null) {
        if (one != nothing) {
          // A program may open its own /dev/stdout anew, whoever it runs as.
          give(plan, one, identity, start);
        }
        plan.dup3(Arg.of(one), fd);
      }
    }
  }

  /** A terminal becomes that of the session, which the process has begun. */
  static void control(Plan.Builder plan, Starting start) {
    if (start.terminal != null) {
      Terminal.control(plan, Arg.of(0));
    }
  }

  private static void give(Plan.Builder plan, Fd file, Accounts.Identity identity, Starting start) {
    IdMaps ids = start.ids;
    if (ids == null) {
      plan.fchownat(Arg.of(file), new byte[0], identity.uid(), -1, At.EMPTY_PATH);
    } else {
      FileCalls.fchown(file, ids.uids().outside(identity.uid()), -1); // not its own root's to give
    }
  }
}
