package dev.phyllo.build.containerfile;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads the comments at the top of a file for as long as they are directives. */
final class DirectiveParser {
  private final String file;
  private final Set<String> seen = new HashSet<>();
  private boolean over;
  private Optional<String> syntax = Optional.empty();
  private char escape = '\\';
  private Directives.Check check = Directives.Check.ALL;

  DirectiveParser(String file) {
    this.file = file;
  }

  Directives directives() {
    return new Directives(syntax, escape, check);
  }

  char escape() {
    return escape;
  }

  /** No directive can follow. */
  void over() {
    over = true;
  }

  /**
   * Reads a comment, and says whether it was a directive.
   *
   * @param line the comment with its {@code #}
   * @param number the line's number
   */
  boolean read(String line, int number) {
    String text = Chars.trim(line.substring(1));
    int equals = text.indexOf('=');
    String name = equals < 0 ? "" : Chars.trim(text.substring(0, equals)).toLowerCase(Locale.ROOT);
    String value = equals < 0 ? "" : Chars.trim(text.substring(equals + 1));
    boolean known = name.equals("syntax") || name.equals("escape") || name.equals("check");
    if (over || !known || value.isEmpty()) {
      over = true;
      return false;
    }
    Location location = new Location(file, number, number, 1);
    if (!seen.add(name)) {
      throw At.invalid(location, "the directive " + name + " is there twice", "leave one out");
    }
    switch (name) {
      case "syntax" -> syntax = Optional.of(value);
      case "escape" -> {
        if (!value.equals("\\") && !value.equals("`")) {
          throw At.invalid(
              location, "the escape character is " + Chars.quoted(value), "use \\ or `");
        }
        escape = value.charAt(0);
      }
      default ->
          check =
              check(value)
                  .orElseThrow(() ->
                      At.invalid(
                          location,
                          "the directive check has " + Chars.quoted(value),
                          "write it like # check=skip=StageNameCasing;error=true"));
    }
    return true;
  }

  /** The value of a check directive; empty if it is malformed. Unknown rules are passed over. */
  private static Optional<Directives.Check> check(String value) {
    Set<Rule> skipped = EnumSet.noneOf(Rule.class);
    boolean error = false;
    for (String option : value.split(";", -1)) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        return Optional.empty();
      }
      String said = option.substring(equals + 1).strip();
      switch (option.substring(0, equals).strip()) {
        case "skip" -> {
          if (said.equals("all")) {
            skipped.addAll(EnumSet.allOf(Rule.class));
          }
          for (String rule : said.split(",", -1)) {
            Rule.named(rule.strip()).ifPresent(skipped::add);
          }
        }
        case "experimental" -> {
          // None of the checks here is experimental.
        }
        case "error" -> {
          switch (said.toLowerCase(Locale.ROOT)) {
            case "true", "t", "1" -> error = true;
            case "false", "f", "0" -> error = false;
            default -> {
              return Optional.empty();
            }
          }
        }
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new Directives.Check(skipped, error));
  }

  /** The checks that the comments above one instruction leave out: {@code # check=skip=…}. */
  static Set<Rule> skippedBy(Origin origin) {
    for (String comment : origin.comments()) {
      if (comment.toLowerCase(Locale.ROOT).startsWith("check=")) {
        return check(comment.substring("check=".length()))
            .map(Directives.Check::skipped)
            .orElse(Set.of());
      }
    }
    return Set.of();
  }
}
