package dev.phyllo.linux.cgroup;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where this machine's cgroup hierarchies are mounted and where in them this process is, from
 * {@code /proc/self/mountinfo} (proc_pid_mountinfo(5)) and {@code /proc/self/cgroup} (cgroups(7)).
 */
final class CgroupMounts {
  /** By controller of version 1, or {@code name=systemd}: the mount point. */
  private final Map<String, String> version1 = new LinkedHashMap<>();

  /** By controller: the directory of this process' own cgroup. */
  private final Map<String, String> own = new LinkedHashMap<>();

  private String version2 = "";
  private String own2 = "";

  private CgroupMounts() {}

  /** This machine's. */
  static CgroupMounts current() {
    return parse(CgroupFiles.read("/proc/self/mountinfo"), CgroupFiles.read("/proc/self/cgroup"));
  }

  static CgroupMounts parse(String mountinfo, String cgroup) {
    CgroupMounts found = new CgroupMounts();
    Map<String, String> roots = new LinkedHashMap<>();
    int at = 0;
    while (at < mountinfo.length()) {
      int end = mountinfo.indexOf('\n', at);
      if (end < 0) {
        end = mountinfo.length();
      }
      // Of this line only: to look for a cgroup in all that follow would take a start longer, line
      // by line.
      int dash = mountinfo.indexOf(" - ", at);
      if (dash >= 0 && dash < end && mountinfo.startsWith("cgroup", dash + 3)) {
        found.mount(mountinfo.substring(at, end), roots);
      }
      at = end + 1;
    }
    at = 0;
    while (at < cgroup.length()) {
      int end = cgroup.indexOf('\n', at);
      if (end < 0) {
        end = cgroup.length();
      }
      found.member(cgroup.substring(at, end), roots);
      at = end + 1;
    }
    return found;
  }

  /** {@code 36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices}. */
  private void mount(String line, Map<String, String> roots) {
    int dash = line.indexOf(" - ");
    String[] left = split(line.substring(0, dash), ' ');
    String[] right = split(line.substring(dash + 3), ' ');
    if (left.length < 5 || right.length < 3) {
      return;
    }
    String root = unescaped(left[3]);
    String point = unescaped(left[4]);
    if (right[0].equals("cgroup2")) {
      if (version2.isEmpty()) {
        version2 = point;
        roots.put("", root);
      }
    } else if (right[0].equals("cgroup")) {
      for (String option : split(right[2], ',')) {
        if (!option.equals("rw") && !option.equals("ro") && !version1.containsKey(option)) {
          version1.put(option, point);
          roots.put(option, root);
        }
      }
    }
  }

  /** {@code 5:devices:/some/where}, and {@code 0::/some/where} of version 2. */
  private void member(String line, Map<String, String> roots) {
    int first = line.indexOf(':');
    int second = line.indexOf(':', first + 1);
    if (first < 0 || second < 0) {
      return;
    }
    String path = line.substring(second + 1);
    if (second == first + 1) {
      own2 = below(version2, roots.getOrDefault("", "/"), path);
      return;
    }
    for (String controller : split(line.substring(first + 1, second), ',')) {
      String point = version1.get(controller);
      if (point != null) {
        own.put(controller, below(point, roots.getOrDefault(controller, "/"), path));
      }
    }
  }

  /**
   * Where a cgroup is in sight, if only the part of the hierarchy below {@code root} is mounted.
   */
  private static String below(String point, String root, String path) {
    String rest = path;
    if (!root.equals("/")) {
      boolean inside =
          path.startsWith(root)
              && (path.length() == root.length() || path.charAt(root.length()) == '/');
      rest = inside ? path.substring(root.length()) : "";
    }
    // "/.." begins the path of who is outside of the cgroup namespace's root.
    return rest.isEmpty() || rest.equals("/") || rest.startsWith("/..") ? point : point + rest;
  }

  /** Whether controllers are those of version 1, even if an empty version 2 is beside them. */
  boolean isVersion1() {
    for (String controller : version1.keySet()) {
      if (!controller.startsWith("name=") && !controller.equals("xattr")) {
        return true;
      }
    }
    return false;
  }

  /** Version 1: where a controller's hierarchy is mounted; empty if it is not. */
  String mountPoint(String controller) {
    return version1.getOrDefault(controller, "");
  }

  /** Version 1: this process' cgroup of a controller; empty if there is none. */
  String own(String controller) {
    return own.getOrDefault(controller, "");
  }

  /** Version 1: every hierarchy's controller, by name, with the place where it is mounted. */
  Map<String, String> version1() {
    return version1;
  }

  /** Version 2: where it is mounted; empty if it is not. */
  String version2() {
    return version2;
  }

  /** Version 2: this process' cgroup. */
  String own2() {
    return own2;
  }

  private static String[] split(String text, char at) {
    int count = 1;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == at) {
        count++;
      }
    }
    String[] parts = new String[count];
    int start = 0;
    for (int i = 0; i < count; i++) {
      int end = text.indexOf(at, start);
      parts[i] = text.substring(start, end < 0 ? text.length() : end);
      start = end + 1;
    }
    return parts;
  }

  /** Blanks and the like are written as {@code \040} there. */
  private static String unescaped(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length()) {
        out.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
