package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import java.time.Instant;
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

  /** A time as RFC 3339 text. */
  static String rfc3339(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
