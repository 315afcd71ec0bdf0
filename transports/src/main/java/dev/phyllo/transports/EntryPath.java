package dev.phyllo.transports;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Names of archive entries as keys. A name from an archive is only ever looked up among the entries
 * of that archive; nothing here touches a file system.
 */
final class EntryPath {

  private EntryPath() {}

  /**
   * The name without {@code ./}, doubled and trailing slashes: {@code ./blobs//sha256/} is {@code
   * blobs/sha256}.
   *
   * @return null if the name has {@code ..} in it and so can name nothing inside an archive
   */
  static @Nullable String clean(String name) {
    return resolve("", name, false);
  }

  /** What a symbolic link at this clean name points to, or null if that is outside. */
  static @Nullable String linkTarget(String link, String target) {
    if (target.startsWith("/")) {
      return null;
    }
    int slash = link.lastIndexOf('/');
    return resolve(slash < 0 ? "" : link.substring(0, slash), target, true);
  }

  private static @Nullable String resolve(String directory, String name, boolean parents) {
    Deque<String> parts = new ArrayDeque<>();
    if (!directory.isEmpty()) {
      for (String part : directory.split("/", -1)) {
        parts.addLast(part);
      }
    }
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        if (!parents || parts.pollLast() == null) {
          return null;
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }
}
