package dev.phyllo.containers;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where a path of a container leads when its root is made complete: images have links to places
 * that nobody has made yet ({@code /var/run} to {@code /run}), and what is mounted there has to
 * make them. Links are read by descriptor and lead nowhere but into the root.
 */
final class PlaceInRoot {
  private static final int MAX_LINKS = 255;
  private static final int INSIDE = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS;

  private PlaceInRoot() {}

  /**
   * The path without links; the same path if it is there already.
   *
   * @param root the container's root
   * @param path absolute and clean
   */
  static String of(Fd root, String path) {
    int there = open(root, path.substring(1));
    if (there >= 0) {
      Fd.of(there).close();
      return path;
    }
    Deque<String> ahead = new ArrayDeque<>(VolumeSyntax.split(path, '/'));
    List<String> real = new ArrayList<>();
    int links = 0;
    while (!ahead.isEmpty()) {
      String next = ahead.pop();
      if (next.isEmpty() || next.equals(".")) {
        continue;
      }
      if (next.equals("..")) {
        if (!real.isEmpty()) {
          real.removeLast();
        }
        continue;
      }
      String target = link(root, real, next);
      if (target.isEmpty()) {
        real.add(next);
        continue;
      }
      if (++links > MAX_LINKS) {
        throw new InvalidException(
            path,
            "too many symbolic links on the way",
            "a link on the way leads in a circle: name the file itself");
      }
      if (target.startsWith("/")) {
        real.clear();
      }
      List<String> parts = VolumeSyntax.split(target, '/');
      for (int i = parts.size() - 1; i >= 0; i--) {
        ahead.push(parts.get(i));
      }
    }
    if (real.isEmpty()) {
      throw new InvalidException(path, "leads to the root of the container", "name another place");
    }
    return "/" + String.join("/", real);
  }

  /** What a name links to, or nothing if it is no link or not there. */
  private static String link(Fd root, List<String> directory, String name) {
    int opened = directory.isEmpty() ? open(root, ".") : open(root, String.join("/", directory));
    if (opened < 0) {
      return "";
    }
    try (Fd parent = Fd.of(opened)) {
      byte[] bytes = RootMount.bytes(name);
      Stat stat = FileCalls.statOrNull(parent, bytes);
      return stat == null || stat.type() != Stat.SYMLINK
          ? ""
          : new String(FileCalls.readlinkat(parent, bytes), StandardCharsets.UTF_8);
    }
  }

  private static int open(Fd root, String path) {
    int opened = FileCalls.tryOpenat2(root, RootMount.bytes(path), Open.PATH, 0, INSIDE);
    return opened == -Errno.EAGAIN ? -Errno.ENOENT : opened;
  }
}
