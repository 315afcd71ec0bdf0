package dev.phyllo.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The ids an administrator gave an ordinary user to hand out, and the two set-uid programs that map
 * them: subuid(5), subgid(5), newuidmap(1), newgidmap(1).
 */
public final class SubordinateIds {
  private SubordinateIds() {}

  /**
   * The ranges of a user in {@code /etc/subuid} or {@code /etc/subgid}.
   *
   * @param user by name; lines may have the number instead
   * @return ids inside from 1 on, without that of the user
   */
  public static List<IdMap.Range> of(Path file, String user, long uid) {
    return read(file, user, Long.toString(uid), false);
  }

  /** What such a file gives anybody, as ids inside from 1 on. */
  public static List<IdMap.Range> all(Path file) {
    return read(file, "", "", true);
  }

  private static List<IdMap.Range> read(Path file, String user, String number, boolean all) {
    List<IdMap.Range> ranges = new ArrayList<>();
    String text;
    try {
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ranges; // nobody has any
    }
    long inside = 1;
    for (String line : text.lines().toList()) {
      int first = line.indexOf(':');
      int second = line.indexOf(':', first + 1);
      if (first <= 0 || second < 0) {
        continue;
      }
      String owner = line.substring(0, first);
      if (!all && !owner.equals(user) && !owner.equals(number)) {
        continue;
      }
      try {
        long outside = Long.parseLong(line.substring(first + 1, second).trim());
        long count = Long.parseLong(line.substring(second + 1).trim());
        if (count > 0 && outside >= 0) {
          ranges.add(new IdMap.Range(inside, outside, count));
          inside += count;
        }
      } catch (NumberFormatException _) {
        // A line that the programs do not understand either.
      }
    }
    return ranges;
  }

  /** Where a program lies, or empty. */
  static String program(String name) {
    String path = System.getenv("PATH");
    String search = (path == null ? "" : path + ":") + "/usr/bin:/usr/local/bin:/bin";
    for (String directory : search.split(":", -1)) {
      if (directory.startsWith("/") && Files.isExecutable(Path.of(directory, name))) {
        return directory + "/" + name;
      }
    }
    return "";
  }
}
