package dev.phyllo.cli.output;

/** Sizes and ages as docker shows them to people (the functions of its package go-units). */
public final class Sizes {
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Sizes() {}

  /** Decimal units and at most four significant digits, as units.HumanSize: {@code 4.043MB}. */
  public static String human(long bytes) {
    return scaled(bytes, 1000, DECIMAL, 4);
  }

  /** The same with three digits, as docker's lists of images show: {@code 4.04MB}. */
  public static String brief(long bytes) {
    return scaled(bytes, 1000, DECIMAL, 3);
  }

  /** Binary units and four digits, as units.BytesSize shows memory: {@code 1.5GiB}. */
  public static String binary(long bytes) {
    return scaled(bytes, 1024, BINARY, 4);
  }

  /** How long something took or lasts, as units.HumanDuration: {@code 3 minutes}. */
  public static String duration(long milliseconds) {
    long seconds = milliseconds / 1000;
    if (seconds < 1) {
      return "Less than a second";
    }
    if (seconds == 1) {
      return "1 second";
    }
    if (seconds < 60) {
      return seconds + " seconds";
    }
    long minutes = seconds / 60;
    if (minutes == 1) {
      return "About a minute";
    }
    if (minutes < 60) {
      return minutes + " minutes";
    }
    long hours = (seconds + 1800) / 3600; // from here on to the nearest hour
    if (hours == 1) {
      return "About an hour";
    }
    if (hours < 48) {
      return hours + " hours";
    }
    if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    }
    if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    }
    if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return seconds / 3600 / 24 / 365 + " years";
  }

  /**
   * How long ago something was: {@code 3 minutes ago}.
   *
   * @param thenMillis when it was, in milliseconds since 1970
   * @param nowMillis the time now, likewise
   */
  public static String ago(long thenMillis, long nowMillis) {
    return duration(Math.max(0, nowMillis - thenMillis)) + " ago";
  }

  private static String scaled(long bytes, int base, String[] units, int digits) {
    double size = bytes;
    int unit = 0;
    while (size >= base && unit < units.length - 1) {
      size /= base;
      unit++;
    }
    StringBuilder out = new StringBuilder(12);
    significant(size, digits, out);
    return out.append(units[unit]).toString();
  }

  /** Go's %.{digits}g for numbers from 0 to below 1024: no zeros at the end. */
  private static void significant(double size, int digits, StringBuilder out) {
    int before = size >= 1000 ? 4 : size >= 100 ? 3 : size >= 10 ? 2 : 1;
    long scale = 1;
    for (int i = before; i < digits; i++) {
      scale *= 10;
    }
    long rounded = Math.round(size * scale);
    out.append(rounded / scale);
    long rest = rounded % scale;
    if (rest != 0) {
      out.append('.');
      for (long place = scale / 10; place > 0 && rest > 0; place /= 10) {
        out.append((char) ('0' + rest / place));
        rest %= place;
      }
    }
  }
}
