package dev.phyllo.cli.output;

/** Text from images and archives, made fit for a terminal. */
public final class Plain {
  private Plain() {}

  /** The text with control characters shown as {@code \xNN}, so that none reaches a terminal. */
  public static String text(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return escaped(text);
      }
    }
    return text;
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        out.append("\\x");
        out.append(Character.forDigit(c >> 4 & 0xf, 16)).append(Character.forDigit(c & 0xf, 16));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
