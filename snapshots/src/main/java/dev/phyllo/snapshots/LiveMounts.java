package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.SystemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is mounted right now in this process' mount namespace (proc_pid_mountinfo(5)), whoever
 * mounted it.
 */
public final class LiveMounts {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private LiveMounts() {}

  /** Whether something is mounted at this very place. */
  public static boolean isMountPoint(Path place) {
    String wanted = place.toString();
    for (String line : lines()) {
      if (unescape(line.split(" ", 6)[4]).equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Where one of these is mounted: an overlay that writes to the same upper directory, or the same
   * directory as a bind mount.
   *
   * @param mounts as {@link Snapshotter#mounts} gives them
   */
  public static Optional<String> of(List<Mount> mounts) {
    for (String line : lines()) {
      String[] fields = line.split(" ", 6);
      for (Mount mount : mounts) {
        boolean shows =
            mount.isOverlay()
                ? mount.upperDir().isPresent() && writesTo(line, mount.upperDir().get())
                : isPlace(fields, mount.source());
        if (shows) {
          return Optional.of(unescape(fields[4]));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean writesTo(String line, String upper) {
    int end = line.indexOf(" - overlay ");
    if (end < 0) {
      return false;
    }
    String options = line.substring(line.lastIndexOf(' ') + 1);
    for (String option : options.split(",", -1)) {
      if (option.startsWith("upperdir=") && unescape(option.substring(9)).equals(upper)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a line's mount shows this directory itself: the same inode of the same device. */
  private static boolean isPlace(String[] fields, String directory) {
    Stat wanted = FileCalls.statOrNull(Fd.CWD, Trees.bytes(directory));
    if (wanted == null || fields[3].equals("/")) {
      return false; // what shows a whole file system is no bind mount of a directory in it
    }
    if (!directory.endsWith(unescape(fields[3]))) {
      return false;
    }
    Stat there = FileCalls.statOrNull(Fd.CWD, Trees.bytes(unescape(fields[4])));
    return there != null
        && there.inode() == wanted.inode()
        && there.fileSystem() == wanted.fileSystem();
  }

  private static List<String> lines() {
    try {
      return Files.readAllLines(MOUNTINFO, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new SystemException(MOUNTINFO.toString(), e);
    }
  }

  /** The kernel writes space, tab, newline and backslash, in options also commas, as octals. */
  private static String unescape(String field) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 3 < field.length() && isOctal(field, i + 1)) {
        plain.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.write(c);
      }
    }
    return plain.toString(StandardCharsets.UTF_8);
  }

  private static boolean isOctal(String text, int from) {
    for (int i = from; i < from + 3; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '7') {
        return false;
      }
    }
    return true;
  }
}
