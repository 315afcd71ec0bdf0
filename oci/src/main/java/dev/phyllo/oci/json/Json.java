package dev.phyllo.oci.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value of RFC 8259, immutable, with the order of an object's members kept.
 *
 * <p>The image specification asks that fields a reader does not know are not errors, and a tool
 * that changes an image should not lose them. The records of {@code dev.phyllo.oci} therefore keep
 * what they do not understand as values of this type. {@link JsonCodec} reads and writes them.
 */
public sealed interface Json {

  /** The value {@code null}. */
  record Null() implements Json {
    /** The only instance that is needed. */
    public static final Null NULL = new Null();
  }

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {}

  /** A number, kept as it was written so that nothing is lost to rounding. */
  record Num(String literal) implements Json {
    /**
     * Checks the syntax, because the literal is written as it is.
     *
     * @throws IllegalArgumentException if it is not a number of RFC 8259
     */
    public Num {
      if (!isNumber(literal)) {
        throw new IllegalArgumentException("not a JSON number");
      }
    }

    /** A whole number. */
    public Num(long value) {
      this(Long.toString(value));
    }

    /**
     * The number as a long. A fraction or an exponent is refused even where the value is whole, as
     * Go's decoder refuses it: no size is written {@code 1e3}, and {@code 1e999999999} must not be
     * expanded into a billion digits.
     *
     * @throws ArithmeticException if it is not written as a whole number or does not fit
     */
    public long longValueExact() {
      try {
        return Long.parseLong(literal);
      } catch (NumberFormatException e) {
        throw (ArithmeticException)
            new ArithmeticException("not a whole number of 64 bits").initCause(e);
      }
    }

    /** {@code -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?} */
    private static boolean isNumber(String s) {
      int i = s.startsWith("-") ? 1 : 0;
      int digits = digits(s, i);
      if (digits == 0 || digits > 1 && s.charAt(i) == '0') {
        return false;
      }
      i += digits;
      if (i < s.length() && s.charAt(i) == '.') {
        digits = digits(s, i + 1);
        if (digits == 0) {
          return false;
        }
        i += 1 + digits;
      }
      if (i < s.length() && (s.charAt(i) == 'e' || s.charAt(i) == 'E')) {
        i++;
        if (i < s.length() && (s.charAt(i) == '+' || s.charAt(i) == '-')) {
          i++;
        }
        digits = digits(s, i);
        if (digits == 0) {
          return false;
        }
        i += digits;
      }
      return i == s.length();
    }

    private static int digits(String s, int from) {
      int i = from;
      while (i < s.length() && s.charAt(i) >= '0' && s.charAt(i) <= '9') {
        i++;
      }
      return i - from;
    }
  }

  /** A string. */
  record Text(String value) implements Json {}

  /** An array. */
  record Array(List<Json> items) implements Json {
    /** Keeps a copy. */
    public Array {
      items = List.copyOf(items);
    }
  }

  /** An object; its members keep their order. */
  record Obj(Map<String, Json> members) implements Json {
    /** The object without members. */
    public static final Obj EMPTY = new Obj(Map.of());

    /** Keeps a copy. */
    public Obj {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }
  }
}
