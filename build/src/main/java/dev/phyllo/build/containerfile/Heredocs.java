package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds here-documents in an instruction's line. Their escape character is always {@code \}. */
final class Heredocs {
  private Heredocs() {}

  /** Those a line mentions, without content, in order; none if its quotes are not closed. */
  static List<Heredoc> in(String line) {
    List<Heredoc> found = new ArrayList<>();
    if (line.contains("<<")) {
      for (String word : rawWords(line)) {
        parse(word).ifPresent(found::add);
      }
    }
    return found;
  }

  /**
   * A word that is a heredoc: {@code [descriptor]<<[-]delimiter}. The delimiter is one word; if
   * part of it is quoted, the content is not expanded.
   */
  static Optional<Heredoc> parse(String word) {
    int i = 0;
    while (i < word.length() && word.charAt(i) >= '0' && word.charAt(i) <= '9') {
      i++;
    }
    if (!word.startsWith("<<", i) || i > 4) {
      return Optional.empty();
    }
    int descriptor = i == 0 ? 0 : Integer.parseInt(word.substring(0, i));
    i += 2;
    boolean stripTabs = word.startsWith("-", i);
    if (stripTabs) {
      i++;
    }
    while (i < word.length() && Chars.isSpace(word.charAt(i))) {
      i++;
    }
    String delimiter = word.substring(i);
    List<String> raw = rawWords(delimiter);
    if (delimiter.indexOf('<') >= 0 || raw.size() != 1) {
      return Optional.empty();
    }
    String name = unquoted(raw.getFirst());
    if (name.isEmpty()) {
      return Optional.empty();
    }
    boolean expand = quoteCharacters(name) == quoteCharacters(raw.getFirst());
    return Optional.of(new Heredoc(name, expand, stripTabs, descriptor, ""));
  }

  /** What RUN executes: see {@link Run.Execution}. */
  static Run.Execution execution(String line, List<Heredoc> heredocs) {
    Heredoc first = heredocs.getFirst();
    if (parse(line).isPresent()) {
      String text = first.text();
      return text.startsWith("#!")
          ? new Run.Execution.Script(first.name(), text)
          : new Run.Execution.ForShell(text);
    }
    return new Run.Execution.ForShell(withBodies(line, heredocs));
  }

  /** The line with its heredocs below it, as it stood in the file. */
  static String withBodies(String line, List<Heredoc> heredocs) {
    StringBuilder all = new StringBuilder(line);
    for (Heredoc heredoc : heredocs) {
      all.append('\n').append(heredoc.content()).append(heredoc.name());
    }
    return all.toString();
  }

  /**
   * Words with their quotes and escapes as they stand. Space after {@code <<} separates nothing.
   *
   * @return none at all if a quote is not closed
   */
  private static List<String> rawWords(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\') {
        word.append(c);
        if (++i < line.length()) {
          word.append(line.charAt(i));
        }
      } else if (c == '\'' || c == '"') {
        int end = closing(line, i);
        if (end < 0) {
          return List.of();
        }
        word.append(line, i, end + 1);
        i = end;
      } else if (c == '<' && line.startsWith("<<", i)) {
        word.append("<<");
        i++;
        while (i + 1 < line.length() && " \t\r".indexOf(line.charAt(i + 1)) >= 0) {
          word.append(line.charAt(++i));
        }
      } else if (!Chars.isSpace(c)) {
        word.append(c);
      } else if (!word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /** Where the quote that opens at {@code start} closes, or -1. */
  private static int closing(String line, int start) {
    char quote = line.charAt(start);
    for (int i = start + 1; i < line.length(); i++) {
      if (line.charAt(i) == quote) {
        return i;
      }
      if (line.charAt(i) == '\\' && quote == '"') {
        i++;
      }
    }
    return -1;
  }

  private static String unquoted(String raw) {
    StringBuilder plain = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && i + 1 < raw.length()) {
        char escaped = raw.charAt(++i);
        if (quote == '"' && "\"$\\".indexOf(escaped) < 0) {
          plain.append(c);
        }
        plain.append(escaped);
      } else if (c != '\\' || quote == '\'') {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  private static int quoteCharacters(String s) {
    int count = 0;
    for (int i = 0; i < s.length(); i++) {
      if (s.charAt(i) == '\'' || s.charAt(i) == '"') {
        count++;
      }
    }
    return count;
  }
}
