package dev.phyllo.cli;

/** One word of the command line: what it takes, and what it does. */
interface Command {
  /** What the user can type; help, parsing and completion all come from it. */
  Syntax syntax();

  /**
   * Does the work.
   *
   * @return the exit status
   */
  int run(Arguments arguments, Session session);
}
