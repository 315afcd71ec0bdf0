package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one text from left to right and writes what a shell would make of it: as one word, and at
 * the same time as words. Every character is read once, except in patterns, whose work is limited.
 */
final class WordLexer {
  private static final int END = -1;
  private static final int MAX_DEPTH = 100;

  private final String text;
  private final char escape;
  private final boolean quotes;
  private final Variables variables;
  private int at;
  private int depth;

  WordLexer(String text, char escape, boolean quotes, Variables variables) {
    this.text = text;
    this.escape = escape;
    this.quotes = quotes;
    this.variables = variables;
  }

  String word() {
    Out out = new Out();
    read(END, false, out);
    return out.all.toString();
  }

  List<String> words() {
    Out out = new Out();
    read(END, false, out);
    return out.words();
  }

  /** What has been written, whole and as words. */
  private final class Out {
    final StringBuilder all = new StringBuilder();
    private final List<String> words = new ArrayList<>();
    private final StringBuilder current = new StringBuilder();

    /** Text whose spaces separate words: as it stands in the file, or of an unquoted variable. */
    void split(int c) {
      grow(1);
      all.appendCodePoint(c);
      if (!Chars.isSpace(c)) {
        current.appendCodePoint(c);
      } else if (!current.isEmpty()) {
        words.add(current.toString());
        current.setLength(0);
      }
    }

    void split(String value) {
      for (int i = 0; i < value.length(); i += Character.charCount(value.codePointAt(i))) {
        split(value.codePointAt(i));
      }
    }

    /** Text whose spaces are part of the word: quoted or escaped. */
    void keep(int c) {
      grow(1);
      all.appendCodePoint(c);
      current.appendCodePoint(c);
    }

    void keep(String value) {
      grow(value.length());
      all.append(value);
      current.append(value);
    }

    List<String> words() {
      if (!current.isEmpty()) {
        words.add(current.toString());
        current.setLength(0);
      }
      return words;
    }

    private void grow(int by) {
      if (all.length() + by > Expansion.MAX_LENGTH) {
        throw invalid("the result is longer than a million characters", "use shorter values");
      }
    }
  }

  private int peek() {
    return at < text.length() ? text.codePointAt(at) : END;
  }

  private int next() {
    int c = peek();
    if (c != END) {
      at += Character.charCount(c);
    }
    return c;
  }

  /**
   * Reads up to {@code stop}, which is consumed.
   *
   * @param rawEscapes whether the escape character is written too: in patterns it means something
   */
  private void read(int stop, boolean rawEscapes, Out out) {
    if (++depth > MAX_DEPTH) {
      throw invalid("braces are nested more than " + MAX_DEPTH + " deep", "");
    }
    for (int c = peek(); c != END; c = peek()) {
      if (c == stop) {
        next();
        depth--;
        return;
      }
      if (c == '$') {
        out.split(variable());
      } else if (c == '<') {
        lessThan(out);
      } else if (quotes && c == '\'') {
        out.keep(singleQuoted());
      } else if (quotes && c == '"') {
        out.keep(doubleQuoted(rawEscapes));
      } else if (c == escape) {
        next();
        if (rawEscapes) {
          out.keep(c);
        }
        int escaped = next();
        if (escaped != END) {
          out.keep(escaped);
        }
      } else {
        out.split(next());
      }
    }
    if (stop != END) {
      throw unclosed(stop == '}' ? "a } is missing" : "a / is missing");
    }
    depth--;
  }

  /** {@code <<} and the spaces after it stay together with what follows: the name of a heredoc. */
  private void lessThan(Out out) {
    out.keep(next());
    if (peek() == '<') {
      out.keep(next());
      while (peek() == ' ' || peek() == '\t' || peek() == '\r') {
        out.keep(next());
      }
    }
  }

  private String singleQuoted() {
    int end = text.indexOf('\'', at + 1);
    if (end < 0) {
      throw unclosed("a single quote (') is not closed");
    }
    String quoted = text.substring(at + 1, end);
    at = end + 1;
    return quoted;
  }

  private String doubleQuoted(boolean rawEscapes) {
    next();
    StringBuilder quoted = new StringBuilder();
    while (true) {
      int c = peek();
      if (c == END) {
        throw unclosed("a double quote (\") is not closed");
      }
      if (c == '$') {
        quoted.append(variable());
        limit(quoted);
        continue;
      }
      next();
      if (c == '"') {
        return quoted.toString();
      }
      if (c == escape) {
        if (rawEscapes) {
          quoted.appendCodePoint(c);
        }
        int escaped = peek();
        if (escaped == END) {
          continue;
        }
        if (escaped == '"' || escaped == '$' || escaped == escape) {
          c = next();
        }
      }
      quoted.appendCodePoint(c);
    }
  }

  /** What stands for {@code $…}. */
  private String variable() {
    next();
    if (peek() != '{') {
      String name = name();
      return name.isEmpty() ? "$" : orEmpty(variables.value(name));
    }
    next();
    int first = peek();
    if (first == END) {
      throw unclosed("a } is missing");
    }
    if (first == '{' || first == '}' || first == ':') {
      throw bad("${ is not followed by a name");
    }
    String name = name();
    int modifier = next();
    return switch (modifier) {
      case '}' -> orEmpty(variables.value(name));
      case ':' -> {
        int second = next();
        if (second != '-' && second != '+' && second != '?') {
          throw bad("${" + name + ":" + shown(second) + " is not a modifier");
        }
        yield conditional(name, second, true);
      }
      case '-', '+', '?' -> conditional(name, modifier, false);
      case '#', '%' -> trimmed(name, modifier);
      case '/' -> replaced(name);
      case END -> throw unclosed("a } is missing");
      default -> throw bad("${" + name + shown(modifier) + " is not a modifier");
    };
  }

  private String conditional(String name, int modifier, boolean emptyIsUnset) {
    String word = inner('}', false);
    String value = variables.value(name);
    boolean set = value != null && !(emptyIsUnset && value.isEmpty());
    return switch (modifier) {
      case '-' -> set ? orEmpty(value) : word;
      case '+' -> set ? word : "";
      default -> {
        if (!set) {
          String otherwise =
              value == null ? "is not allowed to be unset" : "is not allowed to be empty";
          throw invalid(
              name + ": " + (word.isEmpty() ? otherwise : word),
              "set it, with --build-arg " + name + "=… if an ARG declares it");
        }
        yield orEmpty(value);
      }
    };
  }

  private String trimmed(String name, int modifier) {
    String pattern = inner('}', true);
    String value = orEmpty(variables.value(name));
    boolean longest = !pattern.isEmpty() && pattern.charAt(0) == modifier;
    String plain = longest ? pattern.substring(1) : pattern;
    return matching(
        pattern,
        () ->
            modifier == '#'
                ? ShellPattern.of(plain).withoutPrefix(value, longest)
                : ShellPattern.of(plain).withoutSuffix(value, longest));
  }

  private String replaced(String name) {
    boolean all = peek() == '/';
    if (all) {
      next();
    }
    String pattern = inner('/', true);
    String replacement = inner('}', true);
    String value = orEmpty(variables.value(name));
    return matching(pattern, () -> ShellPattern.of(pattern).replace(value, replacement, all));
  }

  private String matching(String pattern, Supplier<String> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException e) {
      throw bad("pattern " + Chars.shown(pattern) + ": " + e.getMessage());
    }
  }

  /** The word inside braces. */
  private String inner(int stop, boolean rawEscapes) {
    Out out = new Out();
    read(stop, rawEscapes, out);
    return out.all.toString();
  }

  /** A name, a number, or one of the shell's special parameters; empty if there is none. */
  private String name() {
    int start = at;
    int first = peek();
    if (Character.isDigit(first)) {
      while (Character.isDigit(peek())) {
        next();
      }
    } else if (first != END && "@*#?-$!".indexOf(first) >= 0) {
      next();
    } else {
      while (Character.isLetterOrDigit(peek()) || peek() == '_') {
        next();
      }
    }
    return text.substring(start, at);
  }

  private void limit(CharSequence result) {
    if (result.length() > Expansion.MAX_LENGTH) {
      throw invalid("the result is longer than a million characters", "use shorter values");
    }
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static String shown(int c) {
    return c == END ? "" : Character.toString(c);
  }

  private InvalidException unclosed(String why) {
    return invalid(why, "close it, or put " + escape + " before what opens it");
  }

  private InvalidException bad(String why) {
    return invalid(
        "bad substitution: " + why,
        "use one of :- - :+ + :? ? # ## % %% / //, or " + escape + "$ for a dollar sign");
  }

  private InvalidException invalid(String why, String remedy) {
    return new InvalidException(Chars.quoted(text), why, remedy);
  }
}
