package dev.phyllo.cli;

import org.apache.commons.cli.Option;

/** {@code man}: the manual page, from the commands' tables. */
final class ManCommand implements Command {
  ManCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("man", "Print the manual page, for man(1)")
        .words(0, 0)
        .example("phyllo man > /usr/local/share/man/man1/phyllo.1")
        .example("phyllo man | man -l -");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    session.print(page());
    return 0;
  }

  static String page() {
    StringBuilder out = new StringBuilder(64 << 10);
    out.append(".TH PHYLLO 1 \"\" \"phyllo ").append(escaped(VersionCommand.number()));
    out.append("\" \"User Commands\"\n.SH NAME\n");
    out.append("phyllo \\- container images, from their layers to the root of a process\n");
    out.append(".SH SYNOPSIS\n.B phyllo\n[\\fIGLOBAL OPTIONS\\fR] \\fICOMMAND\\fR ...\n");
    out.append(".SH DESCRIPTION\n");
    out.append(
        """
        Makes, ships, stores, unpacks, stacks, mounts and runs container images.
        It takes an image file, verifies every byte of it, keeps it, unpacks it layer by layer,
        stacks the layers, and turns the stack into the root of a process.
        There is no daemon.
        .PP
        Who is new here begins with
        .BR "phyllo demo" .
        """);
    out.append(".SH GLOBAL OPTIONS\nThey stand before the command.\n");
    for (GlobalOptions.Entry e : GlobalOptions.LIST) {
      out.append(".TP\n\\fB").append(escaped(e.left())).append("\\fR\n");
      text(out, e.description());
    }
    out.append(".SH COMMANDS\n");
    String group = "";
    for (Commands.Entry e : Commands.LIST) {
      if (!e.group().equals(group)) {
        group = e.group();
        out.append(".SS ").append(escaped(group)).append('\n');
      }
      command(out, CompletionCommand.syntax(e.name()));
    }
    explain(out);
    out.append(".SH EXIT STATUS\n");
    row(out, "0", "Success.");
    row(out, "1", "Failure; one line on standard error says the thing, the reason and the remedy.");
    row(out, "2", "A wrong command line.");
    row(
        out,
        "125, 126, 127",
        "run: an error of the engine, a program that cannot be executed,"
            + " one that is not there. Any other status is the container's.");
    out.append(".SH ENVIRONMENT\n");
    row(
        out,
        "PHYLLO_ROOT, PHYLLO_NAMESPACE, PHYLLO_SNAPSHOTTER",
        "Say what the global options of" + " these names say.");
    row(
        out,
        "PHYLLO_MAX_LAYER_ENTRIES, PHYLLO_MAX_LAYER_BYTES",
        "Bounds on what a layer from a" + " stranger may hold.");
    row(out, "SOURCE_DATE_EPOCH", "The time for everything that is made, in seconds since 1970.");
    row(out, "NO_COLOR", "If set, no colours, on terminals either.");
    out.append(".SH FILES\n");
    row(
        out,
        "/var/lib/phyllo",
        "The store; for users other than root"
            + " $XDG_DATA_HOME/phyllo or ~/.local/share/phyllo.");
    return out.toString();
  }

  private static void explain(StringBuilder out) {
    out.append(".SH EXPLAINED STEPS\n");
    text(
        out,
        "--explain prints each step on standard error when it is done: blobs verified, layers"
            + " applied, records written, and each system call of a launch as strace(1) writes it,"
            + " with its result and the seconds it took. --explain=json prints one object a line:");
    row(out, "kind", "\"step\" or \"syscall\".");
    row(
        out,
        "verb, subject",
        "What was done, and to what; of a system call its name, and the call.");
    row(out, "seconds", "When, since the command began.");
    row(out, "details", "Of a step: an object of strings.");
    row(
        out,
        "arguments, result, error, nanos, for",
        "Of a system call: its arguments as text, what it returned, the name of the error number if"
            + " it failed, how long it took if that was measured, and what it is for if the launch"
            + " plan says so.");
  }

  private static void command(StringBuilder out, Syntax syntax) {
    String usage = syntax.usage();
    String name = usage.split(" ", 2)[0];
    out.append(".PP\n\\fBphyllo ").append(escaped(name)).append("\\fR");
    out.append(escaped(usage.substring(name.length()))).append("\n.RS\n");
    text(out, syntax.summary() + ".");
    for (Option o : syntax.optionList()) {
      if ("help".equals(o.getLongOpt())) {
        continue;
      }
      out.append(".TP\n\\fB");
      out.append(escaped(o.getOpt() == null ? "" : "-" + o.getOpt()));
      out.append(o.getOpt() == null || o.getLongOpt() == null ? "" : "\\fR, \\fB");
      out.append(escaped(o.getLongOpt() == null ? "" : "--" + o.getLongOpt())).append("\\fR");
      out.append(o.hasArg() ? " \\fI" + escaped(o.getArgName()) + "\\fR" : "").append('\n');
      text(out, o.getDescription());
    }
    if (!syntax.examples().isEmpty()) {
      out.append(".PP\nExamples:\n.PP\n.nf\n");
      for (String example : syntax.examples()) {
        text(out, "  " + example);
      }
      out.append(".fi\n");
    }
    out.append(".RE\n");
  }

  private static void row(StringBuilder out, String left, String right) {
    out.append(".TP\n.B ").append(escaped(left)).append('\n');
    text(out, right);
  }

  /** A line of text; one that begins with a point or a quote would be a request. */
  private static void text(StringBuilder out, String text) {
    String line = escaped(text);
    out.append(line.startsWith(".") || line.startsWith("'") ? "\\&" : "").append(line).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("'", "\\(aq");
  }
}
