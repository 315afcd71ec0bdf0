package dev.phyllo.cli;

import org.apache.commons.cli.Option;

/** The help texts, made from the tables that commands are parsed with. */
final class Help {
  private Help() {}

  /** The help of one command. */
  static String of(Syntax syntax) {
    StringBuilder out = new StringBuilder(1024);
    out.append("Usage:  phyllo ").append(syntax.usage()).append("\n\n");
    out.append(syntax.summary()).append(".\n\nOptions:\n");
    int width = 0;
    for (Option o : syntax.optionList()) {
      width = Math.max(width, left(o).length());
    }
    for (Option o : syntax.optionList()) {
      String left = left(o);
      out.append("  ").append(left);
      out.repeat(' ', width - left.length() + 3);
      out.append(o.getDescription()).append('\n');
    }
    if (!syntax.examples().isEmpty()) {
      out.append("\nExamples:\n");
      for (String example : syntax.examples()) {
        out.append("  ").append(example).append('\n');
      }
    }
    return out.toString();
  }

  /** The help of the whole program. */
  static String ofAll() {
    StringBuilder out = new StringBuilder(2048);
    out.append(
        """
        Usage:  phyllo [--root DIR] [-n NAMESPACE] [--explain] [--debug] COMMAND ...

        Makes, ships, stores, unpacks, stacks, mounts and runs container images.
        New here?  phyllo demo

        """);
    String group = "";
    int width = 0;
    for (Commands.Entry e : Commands.LIST) {
      width = Math.max(width, e.name().length());
    }
    for (Commands.Entry e : Commands.LIST) {
      if (!e.group().equals(group)) {
        group = e.group();
        out.append(out.charAt(out.length() - 2) == '\n' ? "" : "\n").append(group).append(":\n");
      }
      out.append("  ").append(e.name());
      out.repeat(' ', width - e.name().length() + 3);
      out.append(e.summary()).append('\n');
    }
    out.append("\nGlobal options:\n");
    width = 0;
    for (GlobalOptions.Entry e : GlobalOptions.LIST) {
      width = Math.max(width, e.left().length());
    }
    for (GlobalOptions.Entry e : GlobalOptions.LIST) {
      String left = e.left();
      out.append("  ").append(left).repeat(' ', width - left.length() + 3);
      out.append(e.description()).append('\n');
    }
    out.append("\nphyllo COMMAND --help says more about a command.\n");
    return out.toString();
  }

  private static String left(Option o) {
    String letter = o.getOpt() == null ? "    " : "-" + o.getOpt() + ", ";
    String name = o.getLongOpt() == null ? "" : "--" + o.getLongOpt();
    return letter + name + (o.hasArg() ? " " + o.getArgName() : "");
  }
}
