package dev.phyllo.cli;

import java.util.List;

/** The options before the command: the table that help, completion and the manual show. */
final class GlobalOptions {
  /**
   * One of them.
   *
   * @param letter its short form, or empty
   * @param name its long form
   * @param argument what it takes, or empty; in brackets, behind an equals sign, if it may be left
   *     out
   * @param description what it does
   */
  record Entry(String letter, String name, String argument, String description) {
    /** As help shows it: {@code -n, --namespace N}. */
    String left() {
      String value = argument.isEmpty() || argument.startsWith("[") ? argument : " " + argument;
      return (letter.isEmpty() ? "" : letter + ", ") + name + value;
    }
  }

  static final List<Entry> LIST =
      List.of(
          new Entry("", "--root", "DIR", "Where images and containers are kept (PHYLLO_ROOT)"),
          new Entry(
              "-n",
              "--namespace",
              "N",
              "Keep this work apart from other namespaces (PHYLLO_NAMESPACE)"),
          new Entry(
              "",
              "--snapshotter",
              "NAME",
              "How layers lie on disk: overlayfs or native (PHYLLO_SNAPSHOTTER)"),
          new Entry("", "--explain", "[=json]", "Show each step as it is done, on standard error"),
          new Entry("", "--debug", "", "Show the stack of an error"),
          new Entry("-h", "--help", "", "Show this help"),
          new Entry("-v", "--version", "", "Show the version"));

  private GlobalOptions() {}
}
