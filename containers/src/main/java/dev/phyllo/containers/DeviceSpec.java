package dev.phyllo.containers;

import dev.phyllo.oci.UsageException;

/**
 * A device of the host that a container has, too.
 *
 * @param host its path there
 * @param container its path in the container
 * @param access what may be done with it: some of {@code rwm}, read, write and mknod(2)
 */
public record DeviceSpec(String host, String container, String access) {

  /**
   * Reads docker's {@code --device HOST[:CONTAINER][:ACCESS]}.
   *
   * @throws UsageException if a path is not absolute, or the access is none
   */
  public static DeviceSpec parse(String text) {
    int first = text.indexOf(':');
    String host = first < 0 ? text : text.substring(0, first);
    String container = host;
    String access = "rwm";
    if (first >= 0) {
      int second = text.indexOf(':', first + 1);
      String next = second < 0 ? text.substring(first + 1) : text.substring(first + 1, second);
      if (second < 0 && isAccess(next)) {
        access = next;
      } else {
        container = next;
        if (second >= 0) {
          access = text.substring(second + 1);
        }
      }
    }
    if (!host.startsWith("/") || !container.startsWith("/")) {
      throw bad(text, "not an absolute path");
    }
    if (!isAccess(access)) {
      throw bad(text, "access is some of the letters r, w and m");
    }
    return new DeviceSpec(host, container, access);
  }

  private static boolean isAccess(String text) {
    boolean good = !text.isEmpty() && text.length() <= 3;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      good &= (c == 'r' || c == 'w' || c == 'm') && text.indexOf(c) == i;
    }
    return good;
  }

  private static UsageException bad(String text, String why) {
    return new UsageException(
        "--device " + text, why, "write it as --device /dev/fuse or /dev/x:/dev/y:rw");
  }
}
