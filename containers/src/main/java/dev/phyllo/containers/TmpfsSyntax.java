package dev.phyllo.containers;

import dev.phyllo.linux.MountFlags;
import java.util.ArrayList;
import java.util.List;

/**
 * The options of a tmpfs: of the file system (tmpfs(5)) and of its mount (mount(8)). As docker's,
 * it is {@code noexec}, {@code nosuid} and {@code nodev} unless the options say otherwise.
 */
final class TmpfsSyntax {
  private TmpfsSyntax() {}

  static Volume tmpfs(String text) {
    String thing = "--tmpfs " + text;
    int colon = text.indexOf(':');
    String target = colon < 0 ? text : text.substring(0, colon);
    List<String> options = new ArrayList<>();
    boolean readOnly = false;
    for (String option :
        colon < 0 ? List.<String>of() : VolumeSyntax.split(text.substring(colon + 1), ',')) {
      switch (option) {
        case "ro" -> readOnly = true;
        case "rw" -> readOnly = false;
        default -> options.add(option);
      }
    }
    return tmpfs(VolumeSyntax.target(target, thing), options, readOnly, thing);
  }

  static Volume tmpfs(String target, List<String> options, boolean readOnly, String thing) {
    for (String option : options) {
      check(option, thing);
    }
    return new Volume(
        Volume.Type.TMPFS, "", target, readOnly, Propagation.PRIVATE, List.copyOf(options));
  }

  private static void check(String option, String thing) {
    int equals = option.indexOf('=');
    String name = equals < 0 ? option : option.substring(0, equals);
    String value = equals < 0 ? "" : option.substring(equals + 1);
    boolean valid =
        switch (name) {
          case "size" -> isSize(value, true);
          case "nr_blocks", "nr_inodes" -> isSize(value, false);
          case "mode" -> isNumber(value, 8, 07777);
          case "uid", "gid" -> isNumber(value, 10, 0xfffffffeL);
          case "exec", "noexec", "suid", "nosuid", "dev", "nodev", "noatime", "strictatime" ->
              equals < 0;
          default -> false;
        };
    if (!valid) {
      throw VolumeSyntax.bad(
          thing,
          "not an option of a tmpfs: \"" + option + "\"",
          "use size=64m, mode=1777, uid=N, gid=N, nr_inodes=N, ro, exec, suid or dev");
    }
  }

  /** A number with k, m or g behind it, or a share of the memory. */
  private static boolean isSize(String text, boolean share) {
    int end = text.length();
    if (end > 1 && "kKmMgG".indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    } else if (share && text.endsWith("%")) {
      return isNumber(text.substring(0, end - 1), 10, 100);
    }
    return isNumber(text.substring(0, end), 10, Long.MAX_VALUE);
  }

  private static boolean isNumber(String text, int radix, long most) {
    try {
      long value = Long.parseLong(text, radix);
      return value >= 0 && value <= most && text.charAt(0) != '+';
    } catch (NumberFormatException _) {
      return false;
    }
  }

  /** What fsconfig(2) takes of them. */
  static List<String> ofFileSystem(List<String> options) {
    return options.stream().filter(o -> o.indexOf('=') > 0).toList();
  }

  /** What fsmount(2) takes of them. */
  static int ofMount(List<String> options, boolean readOnly) {
    int attributes = MountFlags.ATTR_NOEXEC | MountFlags.ATTR_NOSUID | MountFlags.ATTR_NODEV;
    for (String option : options) {
      switch (option) {
        case "exec" -> attributes &= ~MountFlags.ATTR_NOEXEC;
        case "suid" -> attributes &= ~MountFlags.ATTR_NOSUID;
        case "dev" -> attributes &= ~MountFlags.ATTR_NODEV;
        case "noatime" -> attributes |= MountFlags.ATTR_NOATIME;
        case "strictatime" -> attributes |= MountFlags.ATTR_STRICTATIME;
        default -> {} // no attribute, or there already
      }
    }
    return readOnly ? attributes | MountFlags.ATTR_RDONLY : attributes;
  }
}
