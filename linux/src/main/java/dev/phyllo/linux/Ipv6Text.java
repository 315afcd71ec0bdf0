package dev.phyllo.linux;

/** IPv6 addresses as people write them (RFC 5952). */
public final class Ipv6Text {
  private Ipv6Text() {}

  /**
   * An address: the longest run of zeros, the first of several, becomes two colons.
   *
   * @param groups its eight groups of 16 bits, the highest first
   */
  public static String of(int[] groups) {
    int longest = 1;
    int from = -1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > longest) {
        longest = end - i;
        from = i;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == from) {
        text.append("::");
        i += longest - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":");
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
