package dev.phyllo.build;

import dev.phyllo.build.context.PathFilter;
import dev.phyllo.build.copy.Glob;
import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Patterns as {@code .dockerignore} has them: the last one that matches a path or a directory above
 * it decides, and one that begins with {@code !} takes it in again.
 */
final class Excludes implements PathFilter {
  private record Rule(List<String> components, boolean exception) {}

  private final List<Rule> rules;

  private Excludes(List<Rule> rules) {
    this.rules = rules;
  }

  /** The patterns of {@code --exclude}. */
  static PathFilter of(List<String> patterns) {
    List<Rule> rules = new ArrayList<>();
    for (String line : patterns) {
      String pattern = line.strip();
      boolean exception = pattern.startsWith("!");
      if (exception) {
        pattern = pattern.substring(1).strip();
        if (pattern.isEmpty()) {
          throw new InvalidException(line, "an exception without a pattern", "write !PATTERN");
        }
      }
      List<String> components = new ArrayList<>();
      for (String c : pattern.split("/", -1)) {
        if (c.equals("..")) {
          if (!components.isEmpty()) {
            components.removeLast();
          }
        } else if (!c.isEmpty() && !c.equals(".")) {
          components.add(c);
        }
      }
      if (!components.isEmpty()) {
        rules.add(new Rule(components, exception));
      }
    }
    return rules.isEmpty() ? PathFilter.NONE : new Excludes(rules);
  }

  /** What an ignore file leaves out. */
  static PathFilter file(byte[] bytes) {
    List<String> patterns = new ArrayList<>();
    String text = new String(bytes, StandardCharsets.UTF_8);
    for (String line : (text.startsWith("\ufeff") ? text.substring(1) : text).split("\n", -1)) {
      if (!line.startsWith("#") && !line.isBlank()) {
        patterns.add(line);
      }
    }
    return of(patterns);
  }

  @Override
  public boolean excludes(String path) {
    String[] names = path.split("/", -1);
    boolean excluded = false;
    for (Rule rule : rules) {
      if (rule.exception() == excluded && matches(rule.components(), names)) {
        excluded = !rule.exception();
      }
    }
    return excluded;
  }

  @Override
  public boolean hasExceptions() {
    for (Rule rule : rules) {
      if (rule.exception()) {
        return true;
      }
    }
    return false;
  }

  /** Whether the pattern matches the path or a directory above it. */
  private static boolean matches(List<String> pattern, String[] names) {
    for (int end = 1; end <= names.length; end++) {
      if (matches(pattern, 0, names, 0, end)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(List<String> pattern, int at, String[] names, int from, int end) {
    if (at == pattern.size()) {
      return from == end;
    }
    if (pattern.get(at).equals("**")) {
      // At the end it stands for at least one name, elsewhere for any number.
      int least = at + 1 == pattern.size() ? from + 1 : from;
      for (int next = least; next <= end; next++) {
        if (matches(pattern, at + 1, names, next, end)) {
          return true;
        }
      }
      return false;
    }
    return from < end
        && Glob.matches(pattern.get(at).replace("**", "*"), names[from])
        && matches(pattern, at + 1, names, from + 1, end);
  }
}
