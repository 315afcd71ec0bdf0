package dev.phyllo.layers;

import java.util.Arrays;

/** The byte patterns of {@link Whiteout} names. */
final class WhiteoutNames {
  static final RawPath OPAQUE = RawPath.of(".wh..wh..opq");

  private static final byte[] PREFIX = {'.', 'w', 'h', '.'};
  private static final byte[] METADATA = {'.', 'w', 'h', '.', '.', 'w', 'h', '.'};

  private WhiteoutNames() {}

  /** A quick look that allocates nothing: tens of thousands of names are asked about. */
  static boolean mayBeWhiteout(RawPath name) {
    byte[] b = name.raw();
    for (int i = 0; i + 3 < b.length; i++) {
      if (b[i] == '.'
          && b[i + 1] == 'w'
          && b[i + 2] == 'h'
          && b[i + 3] == '.'
          && (i == 0 || b[i - 1] == '/')) {
        return true;
      }
    }
    return false;
  }

  static boolean hasPrefix(RawPath component) {
    return startsWith(component, PREFIX);
  }

  static boolean isMetadata(RawPath component) {
    return startsWith(component, METADATA);
  }

  static RawPath withoutPrefix(RawPath component) {
    return RawPath.wrap(Arrays.copyOfRange(component.raw(), PREFIX.length, component.length()));
  }

  static boolean isDots(RawPath name) {
    return name.byteAt(0) == '.'
        && (name.length() == 1 || name.length() == 2 && name.byteAt(1) == '.');
  }

  private static boolean startsWith(RawPath name, byte[] prefix) {
    byte[] b = name.raw();
    return b.length >= prefix.length
        && Arrays.equals(b, 0, prefix.length, prefix, 0, prefix.length);
  }
}
