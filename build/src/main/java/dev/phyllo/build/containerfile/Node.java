package dev.phyllo.build.containerfile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instruction of which only the form is known: its keyword, flags and arguments.
 *
 * @param origin what it was made from
 * @param line its line, for places in it
 * @param flags the words at its beginning that begin with {@code --}
 * @param arguments what follows, split as the keyword has it: for ENV and LABEL, each pair is three
 *     of them, the last {@code =} or empty for the old form
 * @param argumentsAt where they begin in the line
 * @param json whether they were a JSON array
 * @param heredocs the heredocs below it
 * @param child what ONBUILD delays
 */
record Node(
    Origin origin,
    LogicalLine line,
    List<Flag> flags,
    List<String> arguments,
    int argumentsAt,
    boolean json,
    List<Heredoc> heredocs,
    @Nullable Node child) {

  /**
   * A flag.
   *
   * @param text with its dashes, without its quotes
   * @param at where it begins in the line
   */
  record Flag(String text, int at) {}

  Node withHeredocs(List<Heredoc> bodies) {
    Location begins = origin.location();
    Location location =
        new Location(
            begins.file(), begins.firstLine(), line.location().lastLine(), begins.column());
    Origin ended = new Origin(origin.keyword(), location, origin.text(), origin.comments());
    Node inner = child == null ? null : child.withHeredocs(bodies);
    return new Node(ended, line, flags, arguments, argumentsAt, json, bodies, inner);
  }

  /** Where its arguments begin, or if there are none, where it does. */
  Location place() {
    return arguments.isEmpty() ? origin.location() : line.at(argumentsAt);
  }

  /** Arguments of it as what is executed: as they are, or as a line for a shell. */
  Command command(List<String> words) {
    return json ? new Command.ExecForm(words) : new Command.ShellForm(String.join(" ", words));
  }
}
