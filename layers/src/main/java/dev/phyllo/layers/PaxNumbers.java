package dev.phyllo.layers;

/** Decimal numbers and times in PAX records and sparse maps. */
final class PaxNumbers {
  private PaxNumbers() {}

  /** Seconds since 1970 and nanoseconds to add, which are never negative. */
  record Time(long seconds, int nanos) {}

  /** A decimal number that must not be negative. */
  static long count(byte[] value, TarInput in, long at, String what) {
    return count(value, 0, value.length, in, at, what);
  }

  /** The same, for a part of an array. */
  static long count(byte[] value, int from, int to, TarInput in, long at, String what) {
    if (from < to && value[from] == '-') {
      throw in.invalid(at, "a negative " + what);
    }
    return digits(value, from, to, in, at, what);
  }

  /** A time as POSIX writes it: {@code [-]seconds[.fraction]}; digits below 1 ns are dropped. */
  static Time time(byte[] value, TarInput in, long at) {
    boolean negative = value[0] == '-';
    int from = negative ? 1 : 0;
    int dot = from;
    while (dot < value.length && value[dot] != '.') {
      dot++;
    }
    long seconds = digits(value, from, dot, in, at, "mtime");
    int nanos = 0;
    int weight = 100_000_000;
    for (int i = dot + 1; i < value.length; i++) {
      int digit = value[i] - '0';
      if (digit < 0 || digit > 9) {
        throw in.invalid(at, "the mtime is not a decimal number");
      }
      nanos += digit * weight;
      weight /= 10;
    }
    if (!negative) {
      return new Time(seconds, nanos);
    }
    return nanos == 0 ? new Time(-seconds, 0) : new Time(-seconds - 1, 1_000_000_000 - nanos);
  }

  private static long digits(byte[] value, int from, int to, TarInput in, long at, String what) {
    if (from >= to) {
      throw in.invalid(at, "the " + what + " is not a decimal number");
    }
    long n = 0;
    for (int i = from; i < to; i++) {
      int digit = value[i] - '0';
      if (digit < 0 || digit > 9) {
        throw in.invalid(at, "the " + what + " is not a decimal number");
      }
      if (n > (Long.MAX_VALUE - digit) / 10) {
        throw in.invalid(at, "the " + what + " does not fit 63 bits");
      }
      n = n * 10 + digit;
    }
    return n;
  }
}
