package dev.phyllo.build.containerfile;

import java.util.List;

/**
 * {@code RUN [--mount=…]… [--network=…] [--security=…] command}: executes in a container.
 *
 * @param command what is executed; with heredocs always in shell form, the line before them
 * @param heredocs the heredocs the line mentions, in order; what is executed then is {@link
 *     #execution}
 * @param mountFlags the {@code --mount} flags as they are written; {@link #mounts} reads them
 * @param network the network it sees
 * @param security how it is confined
 */
public record Run(
    Origin origin,
    Command command,
    List<Heredoc> heredocs,
    List<MountFlag> mountFlags,
    Network network,
    Security security)
    implements Instruction {

  /** The value of {@code --network}. */
  public enum Network {
    /** What the build was told, or else what a container gets. */
    DEFAULT,
    /** Only the loopback device. */
    NONE,
    /** The host's. */
    HOST
  }

  /** The value of {@code --security}. */
  public enum Security {
    /** As containers are. */
    SANDBOX,
    /** With all capabilities; whether that is allowed is the engine's decision. */
    INSECURE
  }

  /** What is executed once heredocs are taken into account. */
  public sealed interface Execution {
    /**
     * Arguments for execve, without a shell.
     *
     * @param arguments the command and its arguments
     */
    record Direct(List<String> arguments) implements Execution {
      /** Keeps a copy. */
      public Direct {
        arguments = List.copyOf(arguments);
      }
    }

    /**
     * A line for the stage's shell. It may have several lines: the body of a heredoc that was all
     * of the command, or a command with its heredocs below it for the shell to read.
     *
     * @param line the shell's last argument
     */
    record ForShell(String line) implements Execution {}

    /**
     * A heredoc that was all of the command and begins with {@code #!}: it is to be executed as a
     * file, which is not part of the image.
     *
     * @param name the file's name
     * @param content its content
     */
    record Script(String name, String content) implements Execution {}
  }

  /** Keeps copies. */
  public Run {
    heredocs = List.copyOf(heredocs);
    mountFlags = List.copyOf(mountFlags);
  }

  @Override
  public Run expand(Expansion expansion) {
    if (mountFlags.isEmpty()) {
      return this;
    }
    List<MountFlag> expanded =
        mountFlags.stream().map(flag -> flag.expand(origin, expansion)).toList();
    return new Run(origin, command, heredocs, expanded, network, security);
  }

  /**
   * The mounts. Values may have variables, so this is for an instruction that has been {@linkplain
   * #expand expanded}.
   *
   * @throws dev.phyllo.oci.InvalidException if a flag is not a mount
   */
  public List<Mount> mounts() {
    return mountFlags.stream().map(flag -> MountParser.parse(origin, flag)).toList();
  }

  /** What is executed: the command, or what its heredocs make of it. */
  public Execution execution() {
    // By instanceof: the first use of a pattern switch makes classes, and cached builds are timed.
    if (command instanceof Command.ExecForm exec) {
      return new Execution.Direct(exec.arguments());
    }
    String line = ((Command.ShellForm) command).line();
    return heredocs.isEmpty() ? new Execution.ForShell(line) : Heredocs.execution(line, heredocs);
  }
}
