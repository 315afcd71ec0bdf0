package dev.phyllo.cli.output;

import dev.phyllo.cli.output.Token.Kind;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into text and the words of its actions, as Go's text/template documents them:
 * actions in double braces, {@code {{-} and {@code -}}} trimming the text beside them, comments,
 * and Go's literals inside actions.
 *
 * <p>Docker replaces {@code \t} and {@code \n} in a format before it is parsed, because a shell's
 * single quotes keep them as two characters; here that is done to the text only, and strings inside
 * actions have Go's own escapes.
 */
final class TemplateLexer {
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private TemplateLexer(String source) {
    this.source = source;
  }

  static List<Token> read(String source) {
    TemplateLexer lexer = new TemplateLexer(source);
    lexer.run();
    return lexer.tokens;
  }

  /** An error that says where in the template it is. */
  static UsageException error(String source, int position, String why) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < position && i < source.length(); i++) {
      if (source.charAt(i) == '\n') {
        line++;
        column = 1;
      } else {
        column++;
      }
    }
    return new UsageException("--format, " + line + ":" + column, why, "");
  }

  private UsageException error(int position, String why) {
    return error(source, position, why);
  }

  private void run() {
    boolean trimLeft = false;
    while (at < source.length()) {
      int open = source.indexOf("{{", at);
      int end = open < 0 ? source.length() : open;
      boolean trimRight = open >= 0 && source.startsWith("-", open + 2) && isSpaceAt(open + 3);
      text(at, end, trimLeft, trimRight);
      if (open < 0) {
        at = end;
        break;
      }
      at = open + (trimRight ? 4 : 2);
      trimLeft = source.startsWith("/*", at) ? comment(open) : action(open);
    }
    tokens.add(new Token(Kind.END, "", source.length(), false));
  }

  private void text(int from, int to, boolean trimLeft, boolean trimRight) {
    int start = from;
    int end = to;
    while (trimLeft && start < end && isSpaceAt(start)) {
      start++;
    }
    while (trimRight && end > start && isSpaceAt(end - 1)) {
      end--;
    }
    if (start < end) {
      String text = source.substring(start, end).replace("\\t", "\t").replace("\\n", "\n");
      tokens.add(new Token(Kind.TEXT, text, start, false));
    }
  }

  /** Skips a comment; true if it trims the text after it. */
  private boolean comment(int open) {
    int end = source.indexOf("*/", at + 2);
    if (end < 0) {
      throw error(open, "unclosed comment");
    }
    at = end + 2;
    boolean trim = isSpaceAt(at) && source.startsWith("-}}", at + 1);
    if (trim) {
      at += 2;
    }
    if (!source.startsWith("}}", at)) {
      throw error(at, "a comment must end before }}");
    }
    at += 2;
    return trim;
  }

  /** Reads the words of one action; true if it trims the text after it. */
  private boolean action(int open) {
    tokens.add(new Token(Kind.OPEN, "", open, false));
    boolean spaced = true;
    while (true) {
      if (at >= source.length()) {
        throw error(open, "unclosed action, }} is missing");
      }
      if (source.startsWith("}}", at)) {
        tokens.add(new Token(Kind.CLOSE, "", at, spaced));
        at += 2;
        return false;
      }
      if (isSpaceAt(at)) {
        if (source.startsWith("-}}", at + 1)) {
          tokens.add(new Token(Kind.CLOSE, "", at, true));
          at += 4;
          return true;
        }
        at++;
        spaced = true;
        continue;
      }
      word(spaced);
      spaced = false;
    }
  }

  private void word(boolean spaced) {
    int start = at;
    char c = source.charAt(at);
    char next = at + 1 < source.length() ? source.charAt(at + 1) : ' ';
    if (c == '"') {
      add(Kind.STRING, quoted('"'), start, spaced);
    } else if (c == '`') {
      int end = source.indexOf('`', at + 1);
      if (end < 0) {
        throw error(start, "unterminated raw string");
      }
      at = end + 1;
      add(Kind.STRING, source.substring(start + 1, end), start, spaced);
    } else if (c == '\'') {
      String character = quoted('\'');
      if (character.codePointCount(0, character.length()) != 1) {
        throw error(start, "not one character");
      }
      add(Kind.NUMBER, Integer.toString(character.codePointAt(0)), start, spaced);
    } else if (c == '.' && isNameStart(next)) {
      at++;
      add(Kind.FIELD, name(), start, spaced);
    } else if (c == '.' && !isDigit(next)) {
      at++;
      add(Kind.DOT, ".", start, spaced);
    } else if (c == '$') {
      at++;
      add(Kind.VARIABLE, "$" + name(), start, spaced);
    } else if (isNameStart(c)) {
      add(Kind.WORD, name(), start, spaced);
    } else if (isDigit(c) || c == '.' || (c == '-' || c == '+') && (isDigit(next) || next == '.')) {
      at++;
      while (at < source.length() && isNumberPart(at)) {
        at++;
      }
      add(Kind.NUMBER, source.substring(start, at), start, spaced);
    } else if (c == ':' && next == '=') {
      at += 2;
      add(Kind.SIGN, ":=", start, spaced);
    } else if ("|(),=".indexOf(c) >= 0) {
      at++;
      add(Kind.SIGN, String.valueOf(c), start, spaced);
    } else {
      throw error(start, "unexpected \"" + Character.toString(source.codePointAt(at)) + "\"");
    }
  }

  private void add(Kind kind, String text, int start, boolean spaced) {
    tokens.add(new Token(kind, text, start, spaced));
  }

  private String name() {
    int start = at;
    while (at < source.length() && isNamePart(source.charAt(at))) {
      at++;
    }
    return source.substring(start, at);
  }

  private boolean isNumberPart(int i) {
    char c = source.charAt(i);
    boolean signOfExponent =
        (c == '-' || c == '+') && (source.charAt(i - 1) == 'e' || source.charAt(i - 1) == 'E');
    return isNamePart(c) || c == '.' || signOfExponent;
  }

  /** A string or character with Go's escapes; leaves {@code at} behind the closing quote. */
  private String quoted(char quote) {
    int start = at++;
    StringBuilder value = new StringBuilder();
    while (true) {
      if (at >= source.length() || source.charAt(at) == '\n') {
        throw error(start, "unterminated string");
      }
      char c = source.charAt(at++);
      if (c == quote) {
        return value.toString();
      }
      if (c != '\\') {
        value.append(c);
        continue;
      }
      if (at >= source.length()) {
        throw error(start, "unterminated string");
      }
      char e = source.charAt(at++);
      switch (e) {
        case 'a' -> value.append('\u0007');
        case 'b' -> value.append('\b');
        case 'f' -> value.append('\f');
        case 'n' -> value.append('\n');
        case 'r' -> value.append('\r');
        case 't' -> value.append('\t');
        case 'v' -> value.append('\u000b');
        case '\\', '\'', '"' -> value.append(e);
        case 'x' -> value.append((char) hex(2));
        case 'u' -> value.append((char) hex(4));
        case 'U' -> value.appendCodePoint(hex(8));
        default -> throw error(at - 2, "unknown escape \\" + e);
      }
    }
  }

  private int hex(int digits) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int d = at < source.length() ? Character.digit(source.charAt(at), 16) : -1;
      if (d < 0) {
        throw error(at, "an escape needs " + digits + " hexadecimal digits");
      }
      value = value * 16 + d;
      at++;
    }
    if (value > Character.MAX_CODE_POINT) {
      throw error(at - digits, "not a Unicode code point");
    }
    return (int) value;
  }

  private boolean isSpaceAt(int i) {
    return i < source.length() && " \t\r\n".indexOf(source.charAt(i)) >= 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameStart(char c) {
    return c == '_' || Character.isLetter(c);
  }

  private static boolean isNamePart(char c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }
}
