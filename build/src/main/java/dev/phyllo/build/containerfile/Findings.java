package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** The warnings about a file, less those that the file or an instruction's comment leaves out. */
final class Findings {
  private static final int MOST = 200;

  private final Containerfile file;
  private final List<Warning> found = new ArrayList<>();

  Findings(Containerfile file) {
    this.file = file;
  }

  List<Warning> all() {
    return found;
  }

  /** For the end of a message: which of the known names was meant, if one is close. */
  static String meant(String name, Collection<String> known) {
    String remedy = Suggestion.of(name, known);
    return remedy.startsWith("did") ? ": " + remedy : "";
  }

  /** Whether a warning of the rule would be kept: else it need not be made. */
  boolean wants(Rule rule) {
    return found.size() < MOST && !file.directives().check().skipped().contains(rule);
  }

  void add(Rule rule, String message, Origin origin) {
    add(rule, message, origin.location(), DirectiveParser.skippedBy(origin));
  }

  void add(Rule rule, String message, Location location, Set<Rule> skippedThere) {
    if (wants(rule) && !skippedThere.contains(rule)) {
      found.add(new Warning(rule, message, location));
    }
  }
}
