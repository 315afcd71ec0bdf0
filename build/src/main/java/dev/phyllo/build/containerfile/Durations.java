package dev.phyllo.build.containerfile;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Times as Go writes them, such as {@code 1m30s} or {@code 1.5h}. */
final class Durations {
  private static final int LONGEST = 64;
  private static final Map<String, Long> NANOSECONDS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "\u00b5s", 1_000L,
          "\u03bcs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private Durations() {}

  /** The time, exact to a nanosecond; empty if it is none or longer than 290 years. */
  static Optional<Duration> parse(String text) {
    boolean negative = text.startsWith("-");
    int i = negative || text.startsWith("+") ? 1 : 0;
    if (text.substring(i).equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    if (i == text.length() || text.length() > LONGEST) {
      return Optional.empty();
    }
    BigDecimal sum = BigDecimal.ZERO;
    while (i < text.length()) {
      int start = i;
      while (i < text.length() && isNumber(text.charAt(i))) {
        i++;
      }
      String number = text.substring(start, i);
      int unitAt = i;
      while (i < text.length() && !isNumber(text.charAt(i))) {
        i++;
      }
      Long unit = NANOSECONDS.get(text.substring(unitAt, i));
      boolean oneDot = number.indexOf('.') == number.lastIndexOf('.');
      if (unit == null || !oneDot || number.isEmpty() || number.equals(".")) {
        return Optional.empty();
      }
      sum = sum.add(new BigDecimal(number).multiply(BigDecimal.valueOf(unit)));
    }
    BigDecimal whole = sum.setScale(0, RoundingMode.DOWN);
    if (whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(negative ? -whole.longValue() : whole.longValue()));
  }

  private static boolean isNumber(char c) {
    return c >= '0' && c <= '9' || c == '.';
  }
}
