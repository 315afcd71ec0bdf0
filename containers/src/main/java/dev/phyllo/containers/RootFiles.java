package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.oci.InvalidException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Reads small files of a container's root, of which nothing is trusted. */
final class RootFiles {
  /** More than any account file; an image with more is refused rather than read to the end. */
  private static final int MAX_BYTES = 4 << 20;

  private RootFiles() {}

  /**
   * The text of a file, or nothing if there is none. Links are followed inside the root only.
   *
   * @param root the container's root
   * @throws InvalidException if it is no regular file, or too long
   */
  static String read(Fd root, String path) {
    // Not blocking: a fifo in its place must not hold the engine.
    int opened =
        FileCalls.tryOpenat2(
            root,
            RootMount.bytes(path),
            Open.RDONLY | Open.NONBLOCK | Open.NOCTTY,
            0,
            Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
    if (opened < 0) {
      return "";
    }
    try (Fd file = Fd.of(opened)) {
      if (!FileCalls.statx(file).isFile()) {
        throw new InvalidException(
            "/" + path, "not a regular file in the image", "name the user by number: --user 0");
      }
      ByteArrayOutputStream text = new ByteArrayOutputStream(4096);
      byte[] chunk = new byte[4096];
      int n = FileData.read(file, chunk, 0, chunk.length);
      while (n > 0) {
        text.write(chunk, 0, n);
        if (text.size() > MAX_BYTES) {
          throw new InvalidException(
              "/" + path,
              "longer than " + MAX_BYTES + " bytes in the image",
              "name the user by number: --user 0");
        }
        n = FileData.read(file, chunk, 0, chunk.length);
      }
      return text.toString(StandardCharsets.ISO_8859_1);
    }
  }
}
