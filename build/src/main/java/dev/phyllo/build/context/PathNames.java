package dev.phyllo.build.context;

import dev.phyllo.layers.RawPath;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;

/**
 * The bytes of file names. A {@link Path} keeps them, but gives them out as text in the character
 * set of the locale, where other bytes become a replacement character; as a URI it writes each byte
 * that is no plain ASCII character as {@code %XX}.
 */
final class PathNames {
  private PathNames() {}

  /** The last name of a path. */
  static RawPath name(Path path) {
    Path last = path.getFileName();
    String text = last == null ? "" : last.toString();
    return isAscii(text) ? RawPath.of(text) : fromUri(path);
  }

  /** A whole path, such as a symbolic link's target. */
  static RawPath whole(Path path) {
    String text = path.toString();
    if (isAscii(text)) {
      return RawPath.of(text);
    }
    RawPath all = RawPath.EMPTY;
    for (Path name : path) {
      all = all.resolve(name(name));
    }
    return path.isAbsolute() ? RawPath.of("/").resolve(all) : all;
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static RawPath fromUri(Path path) {
    String encoded = path.toUri().getRawPath();
    int end = encoded.endsWith("/") ? encoded.length() - 1 : encoded.length();
    int start = encoded.lastIndexOf('/', end - 1) + 1;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = start; i < end; i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(encoded.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return RawPath.of(bytes.toByteArray());
  }
}
