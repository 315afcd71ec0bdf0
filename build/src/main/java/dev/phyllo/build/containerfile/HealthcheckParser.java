package dev.phyllo.build.containerfile;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads HEALTHCHECK, which has a kind before its command, and times among its flags. */
final class HealthcheckParser {
  private static final Map<String, Flags.Kind> OF_HEALTHCHECK =
      Map.of(
          "interval", Flags.Kind.TEXT,
          "timeout", Flags.Kind.TEXT,
          "start-period", Flags.Kind.TEXT,
          "start-interval", Flags.Kind.TEXT,
          "retries", Flags.Kind.TEXT);

  private HealthcheckParser() {}

  /**
   * The instruction.
   *
   * @param node its form
   * @param words its arguments, at least one
   */
  static Healthcheck parse(Node node, List<String> words) {
    Origin origin = node.origin();
    List<String> rest = words.subList(1, words.size());
    Duration none = Duration.ZERO;
    return switch (words.getFirst().toUpperCase(Locale.ROOT)) {
      case "NONE" -> {
        Flags.none(node);
        if (!rest.isEmpty()) {
          throw At.invalid(node.place(), "HEALTHCHECK NONE has arguments", "leave them out");
        }
        yield new Healthcheck(origin, Optional.empty(), none, none, none, none, 0);
      }
      case "CMD" -> {
        Flags flags = Flags.of(node, OF_HEALTHCHECK);
        if (rest.isEmpty()) {
          throw At.invalid(node.place(), "HEALTHCHECK CMD has no command", "add one");
        }
        yield new Healthcheck(
            origin,
            Optional.of(node.command(rest)),
            duration(flags, "interval"),
            duration(flags, "timeout"),
            duration(flags, "start-period"),
            duration(flags, "start-interval"),
            retries(flags));
      }
      default ->
          throw At.invalid(
              node.place(),
              "HEALTHCHECK " + Chars.quoted(words.getFirst()) + " is neither CMD nor NONE",
              "write HEALTHCHECK CMD command");
    };
  }

  private static Duration duration(Flags flags, String key) {
    Optional<Flags.Value> value = flags.value(key).filter(said -> !said.text().isEmpty());
    if (value.isEmpty()) {
      return Duration.ZERO;
    }
    String text = value.get().text();
    Optional<Duration> duration = Durations.parse(text);
    if (duration.isEmpty()
        || duration.get().isNegative()
        || !duration.get().isZero() && duration.get().compareTo(Duration.ofMillis(1)) < 0) {
      throw At.invalid(
          value.get().location(),
          "--" + key + "=" + text + " is not a time of at least a millisecond",
          "write it like 1m30s");
    }
    return duration.get();
  }

  private static int retries(Flags flags) {
    Optional<Flags.Value> value = flags.value("retries").filter(said -> !said.text().isEmpty());
    if (value.isEmpty()) {
      return 0;
    }
    try {
      int number = Integer.parseInt(value.get().text());
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw At.invalid(
        value.get().location(), "--retries=" + value.get().text() + " is not a number", "");
  }
}
