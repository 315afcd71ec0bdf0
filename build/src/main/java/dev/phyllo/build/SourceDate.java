package dev.phyllo.build;

import dev.phyllo.oci.UsageException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * {@code SOURCE_DATE_EPOCH} (reproducible-builds.org): the moment in which whatever makes an image
 * is to act as if it happened.
 */
public final class SourceDate {
  private SourceDate() {}

  /**
   * That of this process' environment, in seconds since 1970; empty if it is not set.
   *
   * @throws UsageException if it is not a number of seconds
   */
  public static OptionalLong fromEnvironment() {
    return parse(System.getenv("SOURCE_DATE_EPOCH"));
  }

  /** Seconds since 1970, if the variable is set. */
  static OptionalLong parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long seconds = Long.parseLong(text);
      if (seconds >= 0) {
        return OptionalLong.of(seconds);
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new UsageException(
        "SOURCE_DATE_EPOCH=" + text,
        "not a number of seconds since 1970",
        "unset it or correct it");
  }

  /**
   * RFC 3339 text of a moment, to the second where it is a whole one. Written by hand: java.time
   * takes longer to load than a cached build to run.
   */
  static String text(long seconds, int nanos) {
    long days = Math.floorDiv(seconds, 86_400L);
    long rest = Math.floorMod(seconds, 86_400L);
    // Days to a date by Howard Hinnant's civil_from_days.
    long z = days + 719_468;
    long era = Math.floorDiv(z, 146_097L);
    long doe = z - era * 146_097;
    long yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    long doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    long mp = (5 * doy + 2) / 153;
    long day = doy - (153 * mp + 2) / 5 + 1;
    long month = mp < 10 ? mp + 3 : mp - 9;
    long year = yoe + era * 400 + (month <= 2 ? 1 : 0);
    StringBuilder text = new StringBuilder(32);
    pad(text, year, 4).append('-');
    pad(text, month, 2).append('-');
    pad(text, day, 2).append('T');
    pad(text, rest / 3600, 2).append(':');
    pad(text, rest / 60 % 60, 2).append(':');
    pad(text, rest % 60, 2);
    if (nanos != 0) {
      text.append('.');
      boolean millis = nanos % 1_000_000 == 0;
      pad(text, millis ? nanos / 1_000_000 : nanos, millis ? 3 : 9);
    }
    return text.append('Z').toString();
  }

  private static StringBuilder pad(StringBuilder text, long value, int digits) {
    String number = Long.toString(value);
    return text.repeat('0', Math.max(0, digits - number.length())).append(number);
  }
}
