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

  private final String thing;
  private final String why;
  private final String remedy;

  PhylloException(String thing, String why, String remedy, @Nullable Throwable cause) {
    super(oneLine(thing, why, remedy), cause);
    this.thing = thing;
    this.why = why;
    this.remedy = remedy;
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

  /** Names come from archives: a newline or an escape sequence in one must not reach a terminal. */
  private static void append(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        line.append("\\x");
        line.append(Character.forDigit(c >> 4 & 0xf, 16)).append(Character.forDigit(c & 0xf, 16));
      } else {
        line.append(c);
      }
    }
  }
}
