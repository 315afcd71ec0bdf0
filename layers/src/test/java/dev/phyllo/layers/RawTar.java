package dev.phyllo.layers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Archives laid down block by block, for headers that no decent writer makes. */
final class RawTar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** One header, complete but for its checksum. */
  static final class Header {
    final byte[] block = new byte[512];

    Header(String name, char type) {
      put(0, name);
      put(100, "0000644");
      put(108, "0000000");
      put(116, "0000000");
      put(124, "00000000000");
      put(136, "00000000000");
      block[156] = (byte) type;
      put(257, "ustar\00000");
    }

    Header put(int at, String text) {
      return put(at, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Header put(int at, byte[] bytes) {
      System.arraycopy(bytes, 0, block, at, bytes.length);
      return this;
    }

    Header zero(int from, int to) {
      Arrays.fill(block, from, to, (byte) 0);
      return this;
    }

    Header size(long size) {
      return put(124, octal(size, 11));
    }

    Header gnu() {
      return put(257, "ustar  \0");
    }

    byte[] sealed() {
      int sum = 0;
      for (int i = 0; i < 512; i++) {
        sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
      }
      put(148, octal(sum, 6) + "\0 ");
      return block;
    }
  }

  static String octal(long n, int digits) {
    String text = Long.toOctalString(n);
    return "0".repeat(digits - text.length()) + text;
  }

  RawTar add(Header header) {
    out.writeBytes(header.sealed());
    return this;
  }

  RawTar add(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** Content, padded to a whole block. */
  RawTar content(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    out.writeBytes(Arrays.copyOf(bytes, (bytes.length + 511) / 512 * 512));
    return this;
  }

  RawTar file(String name, String content) {
    return add(new Header(name, '0').size(content.length())).content(content);
  }

  /** A PAX header with these records as they are. */
  RawTar pax(char type, String records) {
    byte[] bytes = records.getBytes(StandardCharsets.ISO_8859_1);
    return add(new Header("pax", type).size(bytes.length)).content(records);
  }

  /** A PAX record with its right length. */
  static String record(String key, String value) {
    int rest = key.length() + value.length() + 3;
    int length = rest + Integer.toString(rest).length();
    length = rest + Integer.toString(length).length();
    return length + " " + key + "=" + value + "\n";
  }

  /** Two blocks of zeros behind what there is. */
  byte[] end() {
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
