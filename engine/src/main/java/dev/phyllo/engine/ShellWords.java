package dev.phyllo.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The little of a shell's language that Containerfile instructions know: words, quotes, and
 * variables as {@code $NAME}, <code>${NAME}</code>, <code>${NAME:-default}</code> and <code>
 * ${NAME:+alternative}</code>.
 */
final class ShellWords {
  private ShellWords() {}

  /** Splits at white space outside quotes; quotes and backslashes stay where they are. */
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        word.append(c).append(text.charAt(++i));
        continue;
      }
      if (quote == 0 && Character.isWhitespace(c)) {
        if (!word.isEmpty()) {
          words.add(word.toString());
          word.setLength(0);
        }
        continue;
      }
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
      word.append(c);
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /** Removes quotes and backslashes and replaces variables by their values, unknown by nothing. */
  static String expand(String text, Map<String, String> env) {
    StringBuilder out = new StringBuilder();
    char quote = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (quote == '\'') {
        if (c == '\'') {
          quote = 0;
        } else {
          out.append(c);
        }
        i++;
      } else if (c == '\\' && i + 1 < text.length()) {
        char next = text.charAt(i + 1);
        if (quote == '"' && next != '"' && next != '$' && next != '\\') {
          out.append(c); // between double quotes it is only itself before others
        }
        out.append(next);
        i += 2;
      } else if (c == '$') {
        i = variable(text, i, env, out);
      } else if (c == quote) {
        quote = 0;
        i++;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        i++;
      } else {
        out.append(c);
        i++;
      }
    }
    return out.toString();
  }

  /** Appends the value of the variable at a dollar sign; returns where the text goes on. */
  private static int variable(String text, int dollar, Map<String, String> env, StringBuilder out) {
    boolean braces = dollar + 1 < text.length() && text.charAt(dollar + 1) == '{';
    int start = braces ? dollar + 2 : dollar + 1;
    int end = start;
    while (end < text.length() && isName(text.charAt(end), end == start)) {
      end++;
    }
    if (end == start) {
      out.append('$');
      return dollar + 1;
    }
    String value = env.getOrDefault(text.substring(start, end), "");
    if (!braces) {
      out.append(value);
      return end;
    }
    int close = closing(text, end);
    if (close < 0) {
      out.append(text, dollar, end);
      return end;
    }
    String operation = text.substring(end, close);
    if (operation.startsWith(":-")) {
      out.append(value.isEmpty() ? expand(operation.substring(2), env) : value);
    } else if (operation.startsWith(":+")) {
      out.append(value.isEmpty() ? "" : expand(operation.substring(2), env));
    } else {
      out.append(value);
    }
    return close + 1;
  }

  private static int closing(String text, int from) {
    int depth = 1;
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) == '{') {
        depth++;
      } else if (text.charAt(i) == '}' && --depth == 0) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isName(char c, boolean first) {
    return c == '_'
        || c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || !first && c >= '0' && c <= '9';
  }
}
