package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/** Points in time as people read them. */
final class Times {
  private Times() {}

  /** How long ago an RFC 3339 time was; {@code N/A} for one that is missing or malformed. */
  static String ago(Optional<String> rfc3339) {
    if (rfc3339.isEmpty()) {
      return "N/A";
    }
    try {
      long then = OffsetDateTime.parse(rfc3339.get()).toInstant().toEpochMilli();
      return Sizes.ago(then, System.currentTimeMillis());
    } catch (DateTimeException e) {
      return "N/A";
    }
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
