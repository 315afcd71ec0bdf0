package dev.phyllo.linux.seccomp;

/**
 * A condition on an argument of a call, which is compared as an unsigned number of 64 bits.
 *
 * @param index which, from 0 to 5
 * @param operator how
 * @param value with what; for {@link Operator#MASKED_EQUAL} the mask
 * @param second what is left of it after the mask
 */
record ArgumentTest(int index, Operator operator, long value, long second) {
  enum Operator {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL,
    MASKED_EQUAL
  }

  static ArgumentTest equal(int index, long value) {
    return new ArgumentTest(index, Operator.EQUAL, value, 0);
  }

  static ArgumentTest notEqual(int index, long value) {
    return new ArgumentTest(index, Operator.NOT_EQUAL, value, 0);
  }

  /** None of these bits is set. */
  static ArgumentTest without(int index, long bits) {
    return new ArgumentTest(index, Operator.MASKED_EQUAL, bits, 0);
  }
}
