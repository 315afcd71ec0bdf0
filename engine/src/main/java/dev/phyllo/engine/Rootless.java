package dev.phyllo.engine;

import dev.phyllo.linux.Child;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Ids;
import dev.phyllo.linux.Launch;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.OwnProcess;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.SignalRelay;
import dev.phyllo.linux.UserMapping;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an ordinary user works with layers and containers: as root of a user namespace, where files
 * can belong to other users and overlays can be mounted (user_namespaces(7)).
 *
 * <p>A JVM has many threads and cannot change its own namespace, so the program is executed a
 * second time inside: the same program with the same arguments, while this one waits, passes
 * signals on and ends as that one does.
 */
public final class Rootless {
  private static final String ROOT = "PHYLLO_ROOT";

  private Rootless() {}

  /** Whether this process must {@linkplain #again} before it can unpack, mount or run. */
  public static boolean isNeeded() {
    return Linux.isSupported() && !Ids.isRoot();
  }

  /** Whether this process is root of a user namespace and not of the machine. */
  public static boolean isInside() {
    return UserNamespace.current().isNested();
  }

  /** Why all files inside belong to one user, and what would help; empty if they do not. */
  public static String lack() {
    UserNamespace now = UserNamespace.current();
    return now.isNested() && Ids.isRoot()
        ? now.uids().isSingle()
            ? "only one user id is mapped here (subordinate ids and the package uidmap would help: usermod --add-subuids, --add-subgids)"
            : ""
        : UserMapping.ofThisUser().lack();
  }

  /** The users inside: {@code 0=1000, 1-65536=100000-165535}. */
  public static String mapping() {
    return Ids.isRoot()
        ? UserNamespace.current().uids().toString()
        : UserMapping.ofThisUser().uids().toString();
  }

  /**
   * Executes this very program again inside.
   *
   * @param root where its store is, for inside the home directory is another
   * @return its exit status
   */
  public static int again(Path root, StepListener steps) {
    List<byte[]> arguments = OwnProcess.arguments();
    byte[] program;
    try {
      program = bytes(Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
    } catch (IOException e) {
      throw new SystemException("/proc/self/exe", e);
    }
    return enter(program, arguments, root, steps, SupervisorPlace.process(root));
  }

  /**
   * Executes another program inside; for root, who needs no other ids, only with mounts of its own.
   *
   * @param command a program, found as the shell does, and its arguments
   * @return its exit status: 127 if there is none, 126 if it cannot be executed
   */
  public static int command(List<String> command, Path root, StepListener steps) {
    Linux.require();
    List<byte[]> arguments = new ArrayList<>();
    for (String word : command) {
      arguments.add(bytes(word));
    }
    return enter(bytes(found(command.getFirst())), arguments, root, steps, null);
  }

  /**
   * @param there a process that has such a namespace already, which is then shared: what one
   *     namespace's root has, another's cannot touch. Null for a new one.
   */
  private static int enter(
      byte[] program,
      List<byte[]> arguments,
      Path root,
      StepListener steps,
      @Nullable Pidfd there) {
    List<byte[]> environment = environment(root);
    try (SignalRelay relay = SignalRelay.installBesideTerminal()) {
      Launch launch = launch(program, arguments, environment, steps, there);
      if (launch instanceof Launch.Failed failed && failed.errno() == Errno.ESRCH) {
        // The supervisor has just left; perhaps another has come.
        Pidfd now = SupervisorPlace.process(root);
        launch = launch(program, arguments, environment, steps, now);
      }
      if (launch instanceof Launch.Failed failed) {
        throw explained(failed, program);
      }
      try (Child child = ((Launch.Started) launch).child()) {
        return relay.waitFor(child).exitCode();
      }
    }
  }

  private static Launch launch(
      byte[] program,
      List<byte[]> arguments,
      List<byte[]> environment,
      StepListener steps,
      @Nullable Pidfd there) {
    if (there != null) {
      return UserMapping.launchBeside(there, program, arguments, environment, steps);
    }
    return Ids.isRoot()
        ? UserMapping.launchAsRoot(program, arguments, environment, steps)
        : UserMapping.ofThisUser().launch(program, arguments, environment, steps);
  }

  private static PhylloException explained(Launch.Failed failed, byte[] program) {
    if (failed.isExec()) {
      return new StartException(
          new String(program, StandardCharsets.UTF_8),
          "cannot be executed: " + Errno.describe(failed.errno()),
          "",
          failed.exitCode(),
          failed.toException());
    }
    String remedy =
        switch (failed.errno()) {
          case Errno.ENOSPC, Errno.EUSERS -> "raise the sysctl user.max_user_namespaces";
          case Errno.EPERM, Errno.EACCES ->
              Files.exists(Path.of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"))
                  ? "set the sysctl kernel.apparmor_restrict_unprivileged_userns to 0, or work as"
                      + " root"
                  : "allow user namespaces (sysctl kernel.unprivileged_userns_clone), or work as"
                      + " root";
          default -> "";
        };
    return new SystemException("the user namespace", failed.call(), remedy, failed.errno());
  }

  /** This process' environment, byte by byte, and the store's place. */
  private static List<byte[]> environment(Path root) {
    List<byte[]> all = new ArrayList<>();
    byte[] start = bytes(ROOT + "=");
    for (byte[] assignment : OwnProcess.environment()) {
      boolean same =
          assignment.length >= start.length
              && Arrays.equals(assignment, 0, start.length, start, 0, start.length);
      if (!same) {
        all.add(assignment);
      }
    }
    all.add(bytes(ROOT + "=" + root.toAbsolutePath()));
    return all;
  }

  private static String found(String program) {
    String path = System.getenv("PATH");
    if (program.indexOf('/') >= 0 || path == null) {
      return program;
    }
    int from = 0;
    while (from <= path.length()) {
      int colon = path.indexOf(':', from);
      int to = colon < 0 ? path.length() : colon;
      String candidate = (to == from ? "." : path.substring(from, to)) + "/" + program;
      if (Files.isExecutable(Path.of(candidate)) && !Files.isDirectory(Path.of(candidate))) {
        return candidate;
      }
      from = to + 1;
    }
    return program;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
