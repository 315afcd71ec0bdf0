package dev.phyllo.layers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Collects the records of one PAX header and writes them in the order of their keys' bytes. */
final class PaxBuilder {
  private final SortedMap<RawPath, byte[]> records = new TreeMap<>();

  boolean isEmpty() {
    return records.isEmpty();
  }

  void add(String key, byte[] value) {
    records.put(RawPath.of(key), value);
  }

  void add(String key, String value) {
    add(key, value.getBytes(StandardCharsets.UTF_8));
  }

  void xattr(RawPath name, byte[] value) {
    byte[] prefix = PaxRecords.SCHILY_XATTR.getBytes(StandardCharsets.US_ASCII);
    byte[] encoded = XattrNames.encodeSchily(name);
    byte[] key = new byte[prefix.length + encoded.length];
    System.arraycopy(prefix, 0, key, 0, prefix.length);
    System.arraycopy(encoded, 0, key, prefix.length, encoded.length);
    records.put(RawPath.wrap(key), value);
  }

  /** A time: seconds, and a fraction only where there is one, without trailing zeros. */
  void time(String key, long seconds, int nanos) {
    if (nanos == 0) {
      add(key, Long.toString(seconds));
      return;
    }
    // -1.5 is "-1.5" in PAX, though it is second -2 and half a second more.
    boolean negative = seconds < 0;
    long whole = negative ? -(seconds + 1) : seconds;
    int fraction = negative ? 1_000_000_000 - nanos : nanos;
    StringBuilder text = new StringBuilder(24);
    if (negative) {
      text.append('-');
    }
    text.append(whole).append('.');
    String digits = Integer.toString(fraction);
    text.repeat('0', 9 - digits.length()).append(digits);
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    add(key, text.substring(0, end));
  }

  byte[] build() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    for (Map.Entry<RawPath, byte[]> record : records.entrySet()) {
      byte[] key = record.getKey().raw();
      byte[] value = record.getValue();
      // Space, equals sign, newline; the length counts its own digits too.
      int rest = key.length + value.length + 3;
      int length = rest + digits(rest);
      if (digits(length) > digits(rest)) {
        length = rest + digits(length);
      }
      out.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
      out.write(' ');
      out.writeBytes(key);
      out.write('=');
      out.writeBytes(value);
      out.write('\n');
    }
    return out.toByteArray();
  }

  private static int digits(int n) {
    int digits = 1;
    for (int left = n; left >= 10; left /= 10) {
      digits++;
    }
    return digits;
  }
}
