package dev.phyllo.linux;

import dev.phyllo.oci.InvalidException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of the kernel as text for people: UTF-8 where they are, other bytes as \xNN. */
final class Text {
  private Text() {}

  static String of(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      StringBuilder text = new StringBuilder();
      for (byte b : bytes) {
        if (b >= 0x20 && b < 0x7f) {
          text.append((char) b);
        } else {
          text.append("\\x");
          text.append(Character.forDigit(b >> 4 & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
        }
      }
      return text.toString();
    }
  }

  /** With a NUL after it; one inside is refused, for the kernel would stop there. */
  static byte[] terminated(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        throw new InvalidException(of(bytes), "a name cannot hold a NUL byte", "");
      }
    }
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
