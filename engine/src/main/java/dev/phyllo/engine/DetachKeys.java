package dev.phyllo.engine;

import dev.phyllo.oci.UsageException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** The keys that detach from a container, one after the other: docker's {@code --detach-keys}. */
public final class DetachKeys {
  /** Control and p, then control and q. */
  public static final DetachKeys DEFAULT = new DetachKeys(new byte[] {16, 17});

  /** Where there is no terminal, nothing detaches. */
  static final DetachKeys NEVER = new DetachKeys(new byte[0]);

  private final byte[] keys;

  private DetachKeys(byte[] keys) {
    this.keys = keys;
  }

  /**
   * Reads a list such as {@code ctrl-p,ctrl-q} or {@code a}.
   *
   * @throws UsageException if a part is neither a letter nor {@code ctrl-} and one of {@code
   *     a-z@[\]^_}
   */
  public static DetachKeys parse(String text) {
    ByteArrayOutputStream keys = new ByteArrayOutputStream();
    for (String key : text.split(",", -1)) {
      if (key.length() == 1 && key.charAt(0) > ' ' && key.charAt(0) < 0x7f) {
        keys.write(key.charAt(0));
      } else if (key.length() == 6 && key.startsWith("ctrl-") && control(key.charAt(5)) >= 0) {
        keys.write(control(key.charAt(5)));
      } else {
        throw new UsageException(
            "--detach-keys " + text,
            "no such key: \"" + key + "\"",
            "write letters and ctrl- with a letter or one of @[\\]^_, separated by commas");
      }
    }
    return new DetachKeys(keys.toByteArray());
  }

  private static int control(char c) {
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 1;
    }
    int other = "@[\\]^_".indexOf(c);
    return other < 0 ? -1 : other == 0 ? 0 : 26 + other;
  }

  /** Looks for the keys in what is typed. */
  Scan scan() {
    return new Scan();
  }

  /** How far the keys have been typed. */
  final class Scan {
    private int matched;

    /** What of the bytes is to be passed on: keys that may yet detach are held back. */
    byte[] next(byte[] bytes, int length) {
      if (keys.length == 0) {
        return Arrays.copyOf(bytes, length);
      }
      ByteArrayOutputStream passed = new ByteArrayOutputStream(length + keys.length);
      for (int i = 0; i < length && matched < keys.length; i++) {
        if (bytes[i] == keys[matched]) {
          matched++;
          continue;
        }
        passed.write(keys, 0, matched);
        matched = 0;
        if (bytes[i] == keys[0]) {
          matched = 1;
        } else {
          passed.write(bytes[i]);
        }
      }
      return passed.toByteArray();
    }

    boolean isComplete() {
      return keys.length > 0 && matched == keys.length;
    }
  }
}
