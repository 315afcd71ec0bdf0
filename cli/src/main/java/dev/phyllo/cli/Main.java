package dev.phyllo.cli;

import dev.phyllo.linux.Linux;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/**
 * The program: global options, the command, and what becomes of an error.
 *
 * <p>Exit statuses: a command's own; for {@code run}, the container's, or 125 for an error of the
 * engine, 126 and 127 for a command that cannot be executed or found; 2 for a wrong command line; 1
 * for every other failure.
 */
public final class Main {
  private Main() {}

  /** Runs the program and ends the process. */
  public static void main(String[] args) {
    // No shutdown hook of ours and no thread is worth waiting for: leave at once.
    Linux.exit(run(args));
  }

  static int run(String[] args) {
    Session session = new Session();
    int status = run(args, session);
    session.flush();
    return status;
  }

  private static int run(String[] args, Session session) {
    String command = "";
    try {
      Sources.check();
      int at = globalOptions(args, session);
      if (session.isVersionWanted()) {
        session.println("phyllo " + VersionCommand.number());
        return 0;
      }
      if (at == args.length || args[at].equals("help") && at + 1 == args.length) {
        session.print(Help.ofAll());
        return at == args.length && !session.isHelpWanted() ? 2 : 0;
      }
      if (args[at].equals("help")) {
        args = new String[] {args[at + 1], "--help"};
        at = 0;
      }
      if (GroupCommand.isGroup(args[at])) {
        args = GroupCommand.flat(args, at).toArray(String[]::new);
        at = 0;
      }
      command = args[at];
      Command found = Commands.find(command);
      if (found == null) {
        throw unknown(command);
      }
      String[] words = java.util.Arrays.copyOfRange(args, at + 1, args.length);
      Syntax syntax = found.syntax();
      Arguments arguments = Arguments.parse(command, syntax, words);
      if (arguments.has("help")) {
        session.print(Help.of(syntax));
        return 0;
      }
      if (Inside.isNeeded(command, arguments)) {
        return session.again();
      }
      return found.run(arguments, session);
    } catch (PhylloException e) {
      session.flush();
      System.err.println("phyllo: " + e.getMessage());
      if (session.isDebug()) {
        e.printStackTrace();
      }
      return switch (e) {
        case StartException s -> s.exitStatus();
        case UsageException _ -> 2;
        default -> command.equals("run") ? 125 : 1;
      };
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      session.flush();
      if (session.isDebug()) {
        e.printStackTrace();
      }
      System.err.println(
          "phyllo: internal error: " + e + "; run again with --debug and report what it prints");
      return command.equals("run") ? 125 : 1;
    }
  }

  /** Reads the options before the command; returns the index of the command. */
  private static int globalOptions(String[] args, Session session) {
    int i = 0;
    while (i < args.length && args[i].startsWith("-")) {
      String word = args[i];
      String value = null;
      int equals = word.indexOf('=');
      if (word.startsWith("--") && equals > 0) {
        value = word.substring(equals + 1);
        word = word.substring(0, equals);
      }
      switch (word) {
        case "--root", "--namespace", "-n", "--snapshotter" -> {
          if (value == null) {
            if (++i == args.length) {
              throw new UsageException(word, "needs a value", "see phyllo --help");
            }
            value = args[i];
          }
          session.set(word, value);
        }
        case "--explain" -> session.explain(value == null ? "text" : value);
        case "--debug" -> session.debug();
        case "-h", "--help" -> session.help();
        case "-v", "--version" -> session.version();
        default -> throw unknownOption(word);
      }
      i++;
    }
    return session.isHelpWanted() ? args.length : i;
  }

  private static UsageException unknownOption(String word) {
    List<String> names = new ArrayList<>();
    for (GlobalOptions.Entry e : GlobalOptions.LIST) {
      names.add(e.name());
    }
    return new UsageException(
        word,
        "no such global option",
        dev.phyllo.cli.output.DidYouMean.nearest(word, names)
            .map(near -> "did you mean " + near + "?")
            .orElse("see phyllo --help"));
  }

  private static UsageException unknown(String word) {
    List<String> names = new ArrayList<>();
    for (Commands.Entry e : Commands.LIST) {
      names.add(e.name());
    }
    return new UsageException(
        word,
        "no such command",
        dev.phyllo.cli.output.DidYouMean.nearest(word, names)
            .map(near -> "did you mean phyllo " + near + "?")
            .orElse("see phyllo --help"));
  }
}
