package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces variables in words as the Dockerfile reference says, which is much as a shell does:
 * {@code $name}, <code>${name}</code>, <code>${name:-word}</code>, <code>${name-word}</code>,
 * <code>${name:+word}</code>, <code>${name+word}</code>, <code>${name:?word}</code>, <code>
 * ${name?word}</code>, <code>${name#pattern}</code>, <code>${name##pattern}</code>, <code>
 * ${name%pattern}</code>, <code>${name%%pattern}</code>, <code>${name/pattern/word}</code> and
 * <code>
 * ${name//pattern/word}</code>, where a pattern has {@code *} and {@code ?}. Single quotes keep
 * what is between them, double quotes keep spaces, and the escape character keeps the next
 * character.
 *
 * <p>It remembers which variables it was asked for. Not for use by several threads at once.
 */
public final class Expansion {
  /** The longest result of one word, in characters. */
  public static final int MAX_LENGTH = 1 << 20;

  /** The longest sum of the results of one expansion, in characters. */
  public static final int MAX_TOTAL = 16 << 20;

  private final char escape;
  private final Variables variables;
  private final Set<String> used = new LinkedHashSet<>();
  private final Set<String> undefined = new LinkedHashSet<>();
  private long total;

  /**
   * An expansion.
   *
   * @param escape the escape character of the file, {@code \} or {@code `}
   * @param variables the values
   */
  public Expansion(char escape, Variables variables) {
    this.escape = escape;
    this.variables = variables;
  }

  /**
   * One word with its variables replaced and its quotes removed.
   *
   * @throws InvalidException if a quote or brace is not closed, a modifier is unknown, <code>
   *     ${name:?…}</code> fails, or the result would be longer than {@link #MAX_LENGTH}, or all
   *     together than {@link #MAX_TOTAL}
   */
  public static String expand(String word, char escape, Variables variables) {
    return new Expansion(escape, variables).word(word);
  }

  /** One word with its variables replaced and its quotes removed; errors as {@link #expand}. */
  public String word(String word) {
    return counted(word, lexer(word, escape, true).word());
  }

  /**
   * The words a text has after its variables are replaced: split at spaces that are neither quoted
   * nor escaped, those of values included. Errors as {@link #expand}.
   */
  public List<String> words(String text) {
    List<String> words = lexer(text, escape, true).words();
    for (String word : words) {
      counted(text, word);
    }
    return words;
  }

  /**
   * The body of a heredoc with its variables replaced; quotes stay and {@code \} is the escape
   * character, whatever that of the file is. Errors as {@link #expand}.
   */
  public String body(String content) {
    return counted(content, lexer(content, '\\', false).word());
  }

  private String counted(String word, String result) {
    total += result.length();
    if (total > MAX_TOTAL) {
      throw new InvalidException(
          Chars.quoted(word), "the values are too long together", "use shorter ones");
    }
    return result;
  }

  /** The names that were asked for and are set, in order. */
  public Set<String> used() {
    return Collections.unmodifiableSet(used);
  }

  /** The names that were asked for and are not set, in order. */
  public Set<String> undefined() {
    return Collections.unmodifiableSet(undefined);
  }

  private WordLexer lexer(String text, char escapeCharacter, boolean quotes) {
    return new WordLexer(
        text,
        escapeCharacter,
        quotes,
        name -> {
          String value = variables.value(name);
          (value == null ? undefined : used).add(name);
          return value;
        });
  }

  /** {@link #word(String)}, whose errors say where the word stands. */
  String word(Origin origin, String word) {
    try {
      return word(word);
    } catch (InvalidException e) {
      throw at(origin, e);
    }
  }

  List<String> words(Origin origin, String text) {
    try {
      return words(text);
    } catch (InvalidException e) {
      throw at(origin, e);
    }
  }

  Optional<String> optional(Origin origin, Optional<String> word) {
    return word.isPresent() ? Optional.of(word(origin, word.get())) : word;
  }

  List<String> each(Origin origin, List<String> words) {
    List<String> expanded = new ArrayList<>(words.size());
    for (String word : words) {
      expanded.add(word(origin, word));
    }
    return expanded;
  }

  List<Heredoc> files(Origin origin, List<Heredoc> files) {
    List<Heredoc> expanded = new ArrayList<>(files.size());
    for (Heredoc file : files) {
      try {
        expanded.add(file.expand() ? file.withContent(body(file.content())) : file);
      } catch (InvalidException e) {
        throw at(origin, e);
      }
    }
    return expanded;
  }

  private static InvalidException at(Origin origin, InvalidException e) {
    return At.invalid(origin.location(), e.thing() + ": " + e.why(), e.remedy());
  }
}
