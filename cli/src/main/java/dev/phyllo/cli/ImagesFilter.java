package dev.phyllo.cli;

import dev.phyllo.engine.ImageSummary;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code images --filter}: docker's rules. Of several references, times or images one must fit; of
 * several names, and of several labels, all must.
 */
final class ImagesFilter {
  static final List<String> NAMES =
      List.of("dangling", "label", "before", "since", "until", "reference");

  private final Phyllo engine;
  private final Filters wanted;

  private ImagesFilter(Filters wanted, Phyllo engine) {
    this.wanted = wanted;
    this.engine = engine;
  }

  static ImagesFilter parse(List<String> filters, Phyllo engine) {
    return new ImagesFilter(Filters.parse(filters, NAMES), engine);
  }

  boolean has(ImageSummary image) {
    return wanted.accept((name, value) -> fits(name, value, image));
  }

  private boolean fits(String name, String value, ImageSummary image) {
    return switch (name) {
      case "dangling" -> image.name().isEmpty() == isTrue(value);
      case "label" -> label(value, image);
      case "before" -> created(image).isBefore(created(value));
      case "since" -> created(image).isAfter(created(value));
      case "until" -> created(image).isBefore(until(value));
      default -> !image.name().isEmpty() && reference(value, Reference.parse(image.name()));
    };
  }

  private static boolean isTrue(String value) {
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw new UsageException(
              "--filter dangling=" + value, "neither true nor false", "write one of them");
    };
  }

  private boolean label(String text, ImageSummary image) {
    // The image's own config, though its name may stand for several platforms.
    Map<String, String> labels = engine.image(image.id().toString()).config().process().labels();
    int equals = text.indexOf('=');
    return equals < 0
        ? labels.containsKey(text)
        : text.substring(equals + 1).equals(labels.get(text.substring(0, equals)));
  }

  /** When an image was made; one that does not say it is older than all others. */
  private static Instant created(ImageSummary image) {
    return image.created().map(ImagesFilter::instant).orElse(Instant.MIN);
  }

  private Instant created(String nameOrId) {
    return engine.image(nameOrId).config().created().map(ImagesFilter::instant).orElse(Instant.MIN);
  }

  private static Instant instant(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException _) {
      return Instant.MIN;
    }
  }

  private static Instant until(String value) {
    return Instant.ofEpochMilli(Times.point("filter until", Optional.of(value)).orElseThrow());
  }

  /** Docker's path.Match on the familiar name, with and without the tag. */
  static boolean reference(String pattern, Reference name) {
    String repository = name.familiarRepository();
    String whole = name.familiar();
    return NamePattern.matches(pattern, repository) || NamePattern.matches(pattern, whole);
  }
}
