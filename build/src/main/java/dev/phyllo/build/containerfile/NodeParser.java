package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Splits an instruction's line into keyword, flags and arguments. */
final class NodeParser {
  private final char escape;
  private final LogicalLine line;
  private final String text;
  private final List<Node.Flag> flags = new ArrayList<>();
  private final List<String> arguments = new ArrayList<>();
  private boolean json;
  private @Nullable Node child;

  private NodeParser(char escape, LogicalLine line) {
    this.escape = escape;
    this.line = line;
    this.text = line.text();
  }

  /**
   * The form of a line.
   *
   * @param comments the comments above it
   * @throws InvalidException if its arguments cannot be split
   */
  static Node parse(char escape, LogicalLine line, List<String> comments) {
    return new NodeParser(escape, line).node(0, comments, false);
  }

  /**
   * @param delayed whether it is what an ONBUILD delays, which delays nothing itself
   */
  private Node node(int from, List<String> comments, boolean delayed) {
    int start = skipSpace(from);
    int end = text.length();
    while (end > start && Chars.isSpace(text.charAt(end - 1))) {
      end--;
    }
    int i = start;
    while (i < end && !isSeparator(text.charAt(i))) {
      i++;
    }
    String keyword = text.substring(start, i);
    int at = skipSpace(flags(i, end));
    String rest = at < end ? text.substring(at, end) : "";
    Origin origin = new Origin(keyword, line.at(start), text.substring(start, end), comments);
    if (keyword.equalsIgnoreCase("ONBUILD")) {
      if (!rest.isEmpty() && !delayed) {
        child = new NodeParser(escape, line).node(at, comments, true);
      }
    } else {
      split(keyword.toLowerCase(Locale.ROOT), rest, at);
    }
    return new Node(
        origin, line, List.copyOf(flags), List.copyOf(arguments), at, json, List.of(), child);
  }

  private int skipSpace(int from) {
    int i = from;
    while (i < text.length() && Chars.isSpace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** What separates arguments; other spaces of Unicode do not. */
  private static boolean isSeparator(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\u000b';
  }

  /** Reads the words that begin with two dashes, and returns where what follows them begins. */
  private int flags(int from, int end) {
    int i = from;
    while (true) {
      i = skipSpace(i);
      if (i >= end || !text.startsWith("--", i)) {
        return i;
      }
      int start = i;
      StringBuilder word = new StringBuilder();
      char quote = 0;
      boolean quoted = false;
      for (; i < end; i++) {
        char c = text.charAt(i);
        if (quote == 0 && Chars.isSpace(c)) {
          break;
        }
        if (quote == 0 && (c == '\'' || c == '"')) {
          quote = c;
          quoted = true;
        } else if (quote != 0 && c == quote) {
          quote = 0;
        } else if (c != escape) {
          word.append(c);
        } else if (i + 1 < end) {
          word.append(text.charAt(++i));
        }
      }
      if (word.toString().equals("--") && !quoted) {
        return i;
      }
      flags.add(new Node.Flag(word.toString(), start));
    }
  }

  private void split(String keyword, String rest, int at) {
    switch (keyword) {
      case "env", "label" -> pairs(keyword.toUpperCase(Locale.ROOT), rest, at);
      case "arg" -> arguments.addAll(words(rest));
      case "expose", "from" -> list(rest);
      case "add", "copy", "volume" -> {
        if (!array(rest, at)) {
          list(rest);
        }
      }
      case "cmd", "entrypoint", "run", "shell" -> command(rest, at);
      case "healthcheck" -> {
        int end = 0;
        while (end < rest.length() && !Chars.isSpace(rest.charAt(end))) {
          end++;
        }
        if (end > 0) {
          arguments.add(rest.substring(0, end));
          String tail = rest.substring(end).stripLeading();
          command(tail, at + rest.length() - tail.length());
        }
      }
      default -> {
        if (!rest.isEmpty()) {
          arguments.add(rest);
        }
      }
    }
  }

  private void command(String rest, int at) {
    if (!rest.isEmpty() && !array(rest, at)) {
      arguments.add(rest);
    }
  }

  private void list(String rest) {
    int i = 0;
    while (i < rest.length()) {
      int start = i;
      while (i < rest.length() && !isSeparator(rest.charAt(i))) {
        i++;
      }
      arguments.add(rest.substring(start, i));
      while (i < rest.length() && isSeparator(rest.charAt(i))) {
        i++;
      }
    }
  }

  /** A JSON array of strings; whatever is no JSON array at all is taken as text. */
  private boolean array(String rest, int at) {
    if (!rest.startsWith("[")) {
      return false;
    }
    Json value;
    try {
      value = JsonCodec.parse(rest.getBytes(StandardCharsets.UTF_8), "array");
    } catch (InvalidException _) {
      return false;
    }
    if (!(value instanceof Json.Array elements)) {
      return false;
    }
    for (Json element : elements.items()) {
      if (!(element instanceof Json.Text string)) {
        throw At.invalid(
            line.at(at), "the JSON array has an element that is no string", "put it in quotes");
      }
      arguments.add(string.value());
    }
    json = true;
    return true;
  }

  private void pairs(String keyword, String rest, int at) {
    List<String> words = words(rest);
    if (words.isEmpty()) {
      return;
    }
    if (words.getFirst().indexOf('=') < 0) {
      int space = 0;
      while (space < rest.length() && !isSeparator(rest.charAt(space))) {
        space++;
      }
      int value = space;
      while (value < rest.length() && isSeparator(rest.charAt(value))) {
        value++;
      }
      if (space == rest.length()) {
        throw At.invalid(
            line.at(at),
            keyword + " has a name without a value",
            "write " + keyword + " " + Chars.shown(rest) + "=value");
      }
      arguments.addAll(List.of(rest.substring(0, space), rest.substring(value), ""));
      return;
    }
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw At.invalid(
            line.at(at + Math.max(0, rest.indexOf(word))),
            keyword + " has " + Chars.quoted(word) + ", which is not of the form name=value",
            "put values with spaces in quotes");
      }
      arguments.addAll(List.of(word.substring(0, equals), word.substring(equals + 1), "="));
    }
  }

  /** Words with their quotes and escapes, which expansion removes. */
  private List<String> words(String rest) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (quote == 0 && Chars.isSpace(c)) {
        if (!word.isEmpty()) {
          words.add(word.toString());
          word.setLength(0);
        }
        continue;
      }
      if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
      if (c == escape && quote != '\'') {
        if (i + 1 == rest.length()) {
          break; // at the end it escapes nothing
        }
        word.append(c);
        c = rest.charAt(++i);
      }
      word.append(c);
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /** Whether heredocs can be below it. */
  static boolean takesHeredocs(Node node) {
    Node inner = node.child();
    Node own = inner == null ? node : inner;
    return !own.json()
        && switch (own.origin().keyword().toLowerCase(Locale.ROOT)) {
          case "add", "copy", "run" -> true;
          default -> false;
        };
  }

  /** The heredocs a node mentions, without their content. */
  static List<Heredoc> heredocs(Node node) {
    return takesHeredocs(node) ? Heredocs.in(node.line().text()) : List.of();
  }
}
