package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.oci.UsageException;
import java.util.Optional;

/** Points in time as people read them. */
final class Times {
  private Times() {}

  /** How long ago an RFC 3339 time was; {@code N/A} for one that is missing or malformed. */
  static String ago(Optional<String> rfc3339) {
    long then = rfc3339.isEmpty() ? Long.MIN_VALUE : millis(rfc3339.get());
    return then == Long.MIN_VALUE ? "N/A" : Sizes.ago(then, System.currentTimeMillis());
  }

  /**
   * The milliseconds since 1970 of {@code 2026-01-31T12:00:00[.123](Z|+01:00)}; Long.MIN_VALUE for
   * anything else. By hand: java.time costs a list of images more than all the rest of it.
   */
  static long millis(String text) {
    int length = text.length();
    if (length < 20
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || (text.charAt(10) != 'T' && text.charAt(10) != 't')
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return Long.MIN_VALUE;
    }
    long year = number(text, 0, 4);
    long month = number(text, 5, 7);
    long day = number(text, 8, 10);
    long hour = number(text, 11, 13);
    long minute = number(text, 14, 16);
    long second = number(text, 17, 19);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31) {
      return Long.MIN_VALUE;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
      return Long.MIN_VALUE;
    }
    int at = 19;
    if (text.charAt(at) == '.') {
      at++;
      while (at < length && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
    }
    long offset = offsetSeconds(text, at);
    if (offset == Long.MIN_VALUE) {
      return Long.MIN_VALUE;
    }
    long seconds = ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return (seconds - offset) * 1000;
  }

  private static long offsetSeconds(String text, int at) {
    int left = text.length() - at;
    if (left == 1 && (text.charAt(at) == 'Z' || text.charAt(at) == 'z')) {
      return 0;
    }
    if (left != 6 || text.charAt(at + 3) != ':') {
      return Long.MIN_VALUE;
    }
    long hours = number(text, at + 1, at + 3);
    long minutes = number(text, at + 4, at + 6);
    char sign = text.charAt(at);
    if (hours < 0 || minutes < 0 || (sign != '+' && sign != '-')) {
      return Long.MIN_VALUE;
    }
    long seconds = (hours * 60 + minutes) * 60;
    return sign == '+' ? seconds : -seconds;
  }

  /** Of the proleptic Gregorian calendar, with years that begin in March. */
  private static long daysSince1970(long year, long month, long day) {
    long y = month <= 2 ? year - 1 : year;
    long era = Math.floorDiv(y, 400);
    long yearOfEra = y - era * 400;
    long dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468;
  }

  /** The number of these digits, or -1. */
  private static long number(String text, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = 10 * value + digit;
    }
    return value;
  }

  /** How long ago a time was. */
  static String ago(long millis) {
    return Sizes.ago(millis, System.currentTimeMillis());
  }

  /**
   * A point in time as somebody typed it: RFC 3339, seconds since 1970, or how long ago, such as
   * {@code 1h30m}.
   *
   * @return milliseconds since 1970
   * @throws UsageException if it is none of them
   */
  static Optional<Long> point(String option, Optional<String> typed) {
    if (typed.isEmpty()) {
      return Optional.empty();
    }
    String text = typed.get();
    String whole =
        text.length() == 10 && text.charAt(4) == '-'
            ? text + "T00:00:00Z"
            : text.length() == 19 && text.charAt(10) == 'T' ? text + "Z" : text;
    long millis = millis(whole);
    if (millis != Long.MIN_VALUE) {
      return Optional.of(millis + fraction(whole));
    }
    long ago = duration(text);
    if (ago >= 0) {
      return Optional.of(System.currentTimeMillis() - ago);
    }
    int dot = text.indexOf('.');
    String seconds = dot < 0 ? text : text.substring(0, dot);
    try {
      return Optional.of(Math.multiplyExact(Long.parseLong(seconds), 1000));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new UsageException(
          "--" + option + " " + text, "not a time", "write 10m, 2h30m, or 2026-01-31T12:00:00Z");
    }
  }

  /** The milliseconds after the second of RFC 3339 text. */
  private static long fraction(String text) {
    if (text.length() < 21 || text.charAt(19) != '.') {
      return 0;
    }
    long millis = 0;
    long scale = 100;
    for (int i = 20; i < text.length() && Character.isDigit(text.charAt(i)) && scale > 0; i++) {
      millis += (text.charAt(i) - '0') * scale;
      scale /= 10;
    }
    return millis;
  }

  /** The milliseconds of {@code 1h30m5s}; -1 for anything else. */
  private static long duration(String text) {
    long millis = 0;
    int at = 0;
    while (at < text.length()) {
      int from = at;
      while (at < text.length() && Character.isDigit(text.charAt(at))) {
        at++;
      }
      if (at == from || at == text.length() || at - from > 12) {
        return -1;
      }
      long value = Long.parseLong(text, from, at, 10);
      if (text.startsWith("ms", at)) {
        millis += value;
        at += 2;
        continue;
      }
      switch (text.charAt(at)) {
        case 'h' -> millis += value * 3_600_000;
        case 'm' -> millis += value * 60_000;
        case 's' -> millis += value * 1000;
        default -> {
          return -1;
        }
      }
      at++;
    }
    return text.isEmpty() ? -1 : millis;
  }

  /** A time as RFC 3339 text with nine digits of the second, as docker stamps lines. */
  static String nanos(long millis) {
    StringBuilder text = new StringBuilder(32);
    long days = Math.floorDiv(millis, 86_400_000L);
    long left = Math.floorMod(millis, 86_400_000L);
    // The day's date, with years that begin in March.
    long z = days + 719_468;
    long era = Math.floorDiv(z, 146_097);
    long dayOfEra = z - era * 146_097;
    long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    long month = (5 * dayOfYear + 2) / 153;
    long day = dayOfYear - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    digits(text, year, 4).append('-');
    digits(text, month, 2).append('-');
    digits(text, day, 2).append('T');
    digits(text, left / 3_600_000, 2).append(':');
    digits(text, left / 60_000 % 60, 2).append(':');
    digits(text, left / 1000 % 60, 2).append('.');
    return digits(text, left % 1000, 3).append("000000Z").toString();
  }

  private static StringBuilder digits(StringBuilder text, long value, int width) {
    String digits = Long.toString(value);
    return text.repeat('0', Math.max(0, width - digits.length())).append(digits);
  }

  /** A time as RFC 3339 text. */
  static String rfc3339(long millis) {
    return nanos(millis);
  }
}
