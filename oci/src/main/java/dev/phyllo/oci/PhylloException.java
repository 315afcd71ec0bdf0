package dev.phyllo.oci;

import org.jspecify.annotations.Nullable;

/**
 * The one family of errors a caller of Phyllo has to know.
 *
 * <p>Every error says three things, and {@link #getMessage()} puts them on one line: the
 * <em>thing</em> it is about (a digest, a path, a reference), <em>why</em> it failed, and a
 * <em>remedy</em>, which may be empty where there is nothing the reader can do. The subclass says
 * which kind of failure it is, so that callers can act without reading text.
 */
public abstract sealed class PhylloException extends RuntimeException
    permits ConflictException,
        CorruptException,
        InvalidException,
        NotFoundException,
        StartException,
        SystemException,
        UnsupportedException,
        UsageException {
  private static final long serialVersionUID = 1L;

  /** What it is about. */
  private final String thing;

  /** Why it failed. */
  private final String why;

  /** What the reader can do; may be empty. */
  private String remedy;

  PhylloException(String thing, String why, String remedy, @Nullable Throwable cause) {
    super(null, cause);
    this.thing = thing;
    this.why = why;
    this.remedy = remedy;
  }

  /** Thing, reason and remedy on one line, without control characters; never null. */
  @Override
  public final String getMessage() {
    return oneLine(thing, why, remedy);
  }

  /** What the error is about: a digest, path, reference or option as the user knows it. */
  public final String thing() {
    return thing;
  }

  /** Why it failed, without the thing and without the remedy. */
  public final String why() {
    return why;
  }

  /** What the reader can do; empty where there is nothing. */
  public final String remedy() {
    return remedy;
  }

  /**
   * Says what the reader can do, if nobody has yet. Who reads a document knows what is wrong with
   * it, but not where it comes from; whoever called the reader does, and says it by this before the
   * error goes on.
   */
  public final void advise(String whatToDo) {
    if (remedy.isEmpty()) {
      remedy = whatToDo;
    }
  }

  private static String oneLine(String thing, String why, String remedy) {
    StringBuilder line = new StringBuilder(thing.length() + why.length() + remedy.length() + 4);
    append(line, thing);
    line.append(": ");
    append(line, why);
    if (!remedy.isEmpty()) {
      line.append("; ");
      append(line, remedy);
    }
    return line.toString();
  }

  /**
   * Names come from archives: a newline or an escape sequence in one must not reach a terminal, nor
   * may a character that turns the direction of writing make the line say something else.
   */
  private static void append(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        line.append("\\x").append(hex(c >> 4)).append(hex(c));
      } else if (turnsOrEndsLine(c)) {
        line.append("\\u")
            .append(hex(c >> 12))
            .append(hex(c >> 8))
            .append(hex(c >> 4))
            .append(hex(c));
      } else {
        line.append(c);
      }
    }
  }

  private static boolean turnsOrEndsLine(char c) {
    return c >= '\u2028' && c <= '\u202e' // line and paragraph separator, embeddings and overrides
        || c >= '\u2066' && c <= '\u2069' // isolates
        || c == '\u200e'
        || c == '\u200f'
        || c == '\u061c';
  }

  private static char hex(int fourBits) {
    return Character.forDigit(fourBits & 0xf, 16);
  }
}
