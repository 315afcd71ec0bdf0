package dev.phyllo.cli.output;

/**
 * A word of a template's action.
 *
 * @param kind what it is
 * @param text the word; for strings and characters the decoded value, for fields the name without
 *     its dot
 * @param position where it starts in the template
 * @param spaced whether white space comes before it; {@code .A.B} is one chain and {@code .A .B}
 *     two arguments
 */
record Token(Kind kind, String text, int position, boolean spaced) {
  enum Kind {
    /** What stands between actions. */
    TEXT,
    /** The beginning of an action. */
    OPEN,
    /** The end of an action. */
    CLOSE,
    /** A keyword or a function's name. */
    WORD,
    /** A name with a dot before it. */
    FIELD,
    /** The dot alone. */
    DOT,
    /** A variable; the text includes the dollar. */
    VARIABLE,
    /** A string in double or back quotes. */
    STRING,
    /** A number. */
    NUMBER,
    /** One of {@code | ( ) , = :=}. */
    SIGN,
    /** The end of the template. */
    END
  }

  boolean is(Kind k, String t) {
    return kind == k && text.equals(t);
  }

  /** The word as an error message names it. */
  String shown() {
    return switch (kind) {
      case OPEN -> "{{";
      case CLOSE -> "}}";
      case END -> "the end of the template";
      case FIELD -> "." + text;
      case DOT -> ".";
      case STRING -> "\"" + text + "\"";
      default -> text;
    };
  }
}
