package dev.phyllo.containers;

import dev.phyllo.linux.MountFlags;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether mounts that are made on one side of a bind later appear on the other
 * (mount_namespaces(7), "Shared subtrees"). Each holds for all that is mounted below the source, as
 * docker's words with {@code r} have it; those without it are taken for the same.
 */
public enum Propagation {
  /** On neither. */
  PRIVATE("rprivate", MountFlags.MS_PRIVATE),
  /** What the host mounts appears inside. */
  SLAVE("rslave", MountFlags.MS_SLAVE),
  /** Both ways. */
  SHARED("rshared", 0);

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private final String word;
  private final int flag;

  Propagation(String word, int flag) {
    this.word = word;
    this.flag = flag;
  }

  /** Docker's word for it. */
  public String word() {
    return word;
  }

  /** What mount_setattr(2) takes; 0 leaves what a copy of the mount has, which is the same. */
  int flag() {
    return flag;
  }

  static Propagation parse(String word, String thing) {
    return switch (word) {
      case "rprivate", "private" -> PRIVATE;
      case "rslave", "slave" -> SLAVE;
      case "rshared", "shared" -> SHARED;
      default ->
          throw VolumeSyntax.bad(
              thing,
              "no such propagation \"" + word + "\"",
              "use rprivate, rslave, rshared, private, slave or shared");
    };
  }

  static boolean isWord(String word) {
    return switch (word) {
      case "rprivate", "private", "rslave", "slave", "rshared", "shared" -> true;
      default -> false;
    };
  }

  /**
   * Whether the host's mount allows it: what is private to one mount cannot be passed on.
   *
   * @throws InvalidException if not
   */
  void require(Path source) {
    if (this == PRIVATE) {
      return;
    }
    String place;
    String line;
    try {
      String real = source.toRealPath().toString();
      place = "";
      line = "";
      for (String candidate : Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1)) {
        String[] fields = candidate.split(" ", 6);
        String at = fields.length < 6 ? "" : unescaped(fields[4]);
        boolean above =
            at.equals("/") || real.equals(at) || real.startsWith(at + "/") && !at.isEmpty();
        if (above && at.length() >= place.length()) {
          place = at;
          line = fields[5];
        }
      }
    } catch (IOException e) {
      throw new SystemException(source.toString(), e);
    }
    int end = line.indexOf(" - ");
    String optional = end < 0 ? line : line.substring(0, end);
    if (!optional.contains(" shared:") && !(this == SLAVE && optional.contains(" master:"))) {
      throw new InvalidException(
          source + " as " + word,
          "it lies in the mount " + place + ", which is not shared",
          "mount --make-rshared " + place + ", or leave " + word + " out");
    }
  }

  /** mountinfo writes blanks and backslashes as octal numbers (proc(5)). */
  private static String unescaped(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length()) {
        plain.append((char) Integer.parseInt(text, i + 1, i + 4, 8));
        i += 3;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
