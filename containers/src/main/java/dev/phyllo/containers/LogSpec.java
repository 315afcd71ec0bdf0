package dev.phyllo.containers;

import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of a container's output: docker's {@code --log-driver} and {@code --log-opt}.
 *
 * <p>The names say how much is kept, not how: it is always the bytes that were written. {@code
 * json-file} keeps everything unless a size is given, as docker's does; {@code local} five files of
 * 20 MB; {@code none} hardly more than whoever is attached needs, and shows it to nobody later.
 *
 * @param driver one of {@link #DRIVERS}
 * @param maxBytes how large a file becomes, of either stream; 0 for any size
 * @param files how many files there are of a stream, at least 1
 */
public record LogSpec(String driver, long maxBytes, int files) {
  /** The drivers there are. */
  public static final List<String> DRIVERS = List.of("json-file", "local", "none");

  /** Everything is kept. */
  public static final LogSpec DEFAULT = new LogSpec("json-file", 0, 1);

  /** The least size of a file: what is smaller is mostly names. */
  private static final long LEAST = 1_000;

  private static final int MOST_FILES = 1_000;
  private static final LogSpec LOCAL = new LogSpec("local", 20_000_000, 5);
  private static final LogSpec NONE = new LogSpec("none", 4_000_000, 2);

  /** Whether everything is kept in one file; by fields, since every start asks. */
  boolean isDefault() {
    return driver.equals(DEFAULT.driver) && maxBytes == DEFAULT.maxBytes && files == DEFAULT.files;
  }

  /**
   * Reads the options.
   *
   * @param driver the word of {@code --log-driver}
   * @param options each word of {@code --log-opt}
   * @throws UsageException for a driver or an option that is not known
   */
  public static LogSpec parse(Optional<String> driver, List<String> options) {
    LogSpec spec = of(driver.orElse(DEFAULT.driver));
    for (String option : options) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      String value = equals < 0 ? "" : option.substring(equals + 1);
      if (spec.driver.equals(NONE.driver)) {
        throw new UsageException(
            "--log-opt " + option, "the driver none has no options", "leave one of them out");
      }
      spec =
          switch (name) {
            case "max-size" -> new LogSpec(spec.driver, size(option, value), spec.files);
            case "max-file" -> new LogSpec(spec.driver, spec.maxBytes, count(option, value));
            default ->
                throw new UsageException(
                    "--log-opt " + option, "no such option", "use max-size or max-file");
          };
    }
    return spec;
  }

  private static LogSpec of(String driver) {
    return switch (driver) {
      case "json-file" -> DEFAULT;
      case "local" -> LOCAL;
      case "none" -> NONE;
      default ->
          throw new UsageException(
              "--log-driver " + driver,
              "no such driver",
              "use one of " + String.join(", ", DRIVERS));
    };
  }

  /** Docker's sizes are decimal: 10m is ten million. */
  private static long size(String option, String text) {
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    long unit =
        switch (text.substring(digits)) {
          case "", "b", "B" -> 1;
          case "k", "K", "kb", "kB", "KB" -> 1_000;
          case "m", "M", "mb", "mB", "MB" -> 1_000_000;
          case "g", "G", "gb", "gB", "GB" -> 1_000_000_000;
          default -> 0;
        };
    if (text.equals("-1")) {
      return 0;
    }
    if (digits == 0 || digits > 9 || unit == 0) {
      throw new UsageException(
          "--log-opt " + option, "not a size", "write a number with k, m or g, such as 10m");
    }
    long bytes = Long.parseLong(text.substring(0, digits)) * unit;
    if (bytes < LEAST) {
      throw new UsageException("--log-opt " + option, "less than 1k", "write 1k or more");
    }
    return bytes;
  }

  private static int count(String option, String text) {
    try {
      int files = Integer.parseInt(text);
      if (files >= 1 && files <= MOST_FILES) {
        return files;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new UsageException(
        "--log-opt " + option, "not a number of files", "write one from 1 to " + MOST_FILES);
  }

  /** Whether what is written goes to new files again and again. */
  boolean isLimited() {
    return maxBytes > 0;
  }

  /** How large a file becomes: with one alone two halves take turns, and one stays readable. */
  long segment() {
    return files > 1 ? maxBytes : maxBytes / 2;
  }

  /** How many there are at most. */
  int segments() {
    return Math.max(files, 2);
  }

  /** Where the file that is written to now lies in the container's directory, to look at. */
  public String path() {
    return isLimited() ? "logs/stdout.log" : "stdout.log";
  }

  /** Whether anybody may read it later. */
  public boolean isKept() {
    return !driver.equals(NONE.driver);
  }

  static LogSpec fromJson(Optional<JsonObject> json) {
    if (json.isEmpty()) {
      return DEFAULT;
    }
    JsonObject o = json.get();
    return new LogSpec(
        o.string("driver").orElse(DEFAULT.driver),
        o.number("maxBytes").orElse(0L),
        Math.max(1, o.number("files").orElse(1L).intValue()));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("driver", driver)
        .put("maxBytes", maxBytes)
        .put("files", files)
        .build();
  }
}
