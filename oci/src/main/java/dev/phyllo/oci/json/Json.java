package dev.phyllo.oci.json;

import java.math.BigDecimal;
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
    /** A whole number. */
    public Num(long value) {
      this(Long.toString(value));
    }

    /**
     * The number as a long.
     *
     * @throws ArithmeticException if it is not whole or does not fit
     */
    public long longValueExact() {
      if (literal.length() <= 18
          && literal.indexOf('.') < 0
          && literal.indexOf('e') < 0
          && literal.indexOf('E') < 0) {
        return Long.parseLong(literal);
      }
      // An exponent such as 1e999999999 must not be expanded into a billion digits.
      if (literal.length() > 40 || literal.indexOf('e') >= 0 || literal.indexOf('E') >= 0) {
        throw new ArithmeticException("not a plain whole number: " + literal);
      }
      return new BigDecimal(literal).longValueExact();
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
