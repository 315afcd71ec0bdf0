package dev.phyllo.layers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** How the names of extended attributes are written in PAX keys, which cannot hold every byte. */
final class XattrNames {
  private XattrNames() {}

  /** As GNU tar reads them: {@code %3D} is an equals sign, {@code %25} a percent sign. */
  static byte[] decodeSchily(String name) {
    return decode(name, true);
  }

  /** As libarchive reads them: every {@code %XX} is a byte. */
  static byte[] decodeUrl(String name) {
    return decode(name, false);
  }

  /** As GNU tar writes them. */
  static byte[] encodeSchily(RawPath name) {
    byte[] raw = name.raw();
    int special = 0;
    for (byte b : raw) {
      if (b == '=' || b == '%') {
        special++;
      }
    }
    if (special == 0) {
      return raw;
    }
    byte[] out = new byte[raw.length + 2 * special];
    int n = 0;
    for (byte b : raw) {
      if (b == '=' || b == '%') {
        out[n++] = '%';
        out[n++] = (byte) (b == '=' ? '3' : '2');
        out[n++] = (byte) (b == '=' ? 'D' : '5');
      } else {
        out[n++] = b;
      }
    }
    return Arrays.copyOf(out, n);
  }

  private static byte[] decode(String name, boolean onlyEqualsAndPercent) {
    byte[] raw = name.getBytes(StandardCharsets.ISO_8859_1);
    if (name.indexOf('%') < 0) {
      return raw;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length);
    for (int i = 0; i < raw.length; i++) {
      int b = raw[i];
      if (b == '%' && i + 2 < raw.length) {
        int high = Character.digit(raw[i + 1], 16);
        int low = Character.digit(raw[i + 2], 16);
        int decoded = high << 4 | low;
        if (high >= 0 && low >= 0 && (!onlyEqualsAndPercent || decoded == '=' || decoded == '%')) {
          out.write(decoded);
          i += 2;
          continue;
        }
      }
      out.write(b);
    }
    return out.toByteArray();
  }
}
