package dev.phyllo.containers;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import java.util.ArrayList;
import java.util.List;

/**
 * Users and groups as an image's own {@code /etc/passwd} and {@code /etc/group} name them
 * (passwd(5), group(5)). The files are the image's and therefore untrusted: lines that do not parse
 * are passed over, and numbers outside 0 … 2³¹−1 are refused, never wrapped around
 * (CVE-2024-40635).
 */
final class Accounts {
  private static final long MAX_ID = Integer.MAX_VALUE;

  private final String passwd;
  private final String group;

  /**
   * @param passwd the text of the container's /etc/passwd; empty if it has none
   * @param group the text of the container's /etc/group; empty if it has none
   */
  Accounts(String passwd, String group) {
    this.passwd = passwd;
    this.group = group;
  }

  /**
   * Who a process runs as.
   *
   * @param uid user id
   * @param gid primary group id
   * @param groups supplementary group ids, the primary one among them
   * @param home the home directory; {@code /} if none is known
   */
  record Identity(int uid, int gid, int[] groups, String home) {}

  private record User(String name, long uid, long gid, String home) {}

  /**
   * Resolves {@code user[:group]}, by name or number; empty is root.
   *
   * @throws NotFoundException if a name is in neither file
   * @throws InvalidException if a number is out of range
   */
  Identity resolve(String spec) {
    return resolve(spec, List.of());
  }

  /**
   * Resolves {@code user[:group]} and more groups, by name or number; see {@link #resolve(String)}.
   */
  Identity resolve(String spec, List<String> moreGroups) {
    int colon = spec.indexOf(':');
    String userPart = colon < 0 ? spec : spec.substring(0, colon);
    String groupPart = colon < 0 ? "" : spec.substring(colon + 1);
    if (userPart.isEmpty()) {
      userPart = "0";
    }
    long number = number(userPart);
    User found = findUser(userPart, number);
    if (found == null) {
      if (number < 0) {
        throw new NotFoundException(
            "user " + userPart,
            "not in the image's /etc/passwd",
            "use a number, or a name that the image has");
      }
      found = new User("", checked(number, userPart), 0, "/");
    }
    long uid = checked(found.uid, userPart);
    long gid = checked(found.gid, userPart);
    List<Integer> groups = new ArrayList<>();
    if (!groupPart.isEmpty()) {
      gid = findGroup(groupPart);
      groups.add((int) gid);
    } else {
      groups.add((int) gid);
      addMemberships(found.name, groups);
    }
    for (String name : moreGroups) {
      int more = (int) findGroup(name);
      if (!groups.contains(more)) {
        groups.add(more);
      }
    }
    int[] ids = new int[groups.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = groups.get(i);
    }
    return new Identity((int) uid, (int) gid, ids, found.home.isEmpty() ? "/" : found.home);
  }

  private @org.jspecify.annotations.Nullable User findUser(String name, long number) {
    User byNumber = null;
    for (String line : lines(passwd)) {
      String[] f = line.split(":", -1);
      if (f.length < 7) {
        continue;
      }
      long uid = number(f[2]);
      long gid = number(f[3]);
      if (uid < 0 || gid < 0) {
        continue;
      }
      if (f[0].equals(name)) {
        return new User(f[0], uid, gid, f[5]);
      }
      if (byNumber == null && uid == number) {
        byNumber = new User(f[0], uid, gid, f[5]);
      }
    }
    return byNumber;
  }

  private long findGroup(String name) {
    long number = number(name);
    for (String line : lines(group)) {
      String[] f = line.split(":", -1);
      if (f.length >= 3 && f[0].equals(name)) {
        long gid = number(f[2]);
        if (gid >= 0) {
          return checked(gid, name);
        }
      }
    }
    if (number < 0) {
      throw new NotFoundException(
          "group " + name,
          "not in the image's /etc/group",
          "use a number, or a name that the image has");
    }
    return checked(number, name);
  }

  private void addMemberships(String user, List<Integer> groups) {
    if (user.isEmpty()) {
      return;
    }
    for (String line : lines(group)) {
      String[] f = line.split(":", -1);
      if (f.length < 4) {
        continue;
      }
      long gid = number(f[2]);
      if (gid < 0 || gid > MAX_ID || groups.contains((int) gid)) {
        continue;
      }
      for (String member : f[3].split(",", -1)) {
        if (member.equals(user)) {
          groups.add((int) gid);
          break;
        }
      }
    }
  }

  private static List<String> lines(String text) {
    List<String> lines = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      if (end < 0) {
        end = text.length();
      }
      if (end > start && text.charAt(start) != '#') {
        lines.add(text.substring(start, end));
      }
      start = end + 1;
    }
    return lines;
  }

  /** The number, or −1 for a word, or a value beyond every id for a number that is too large. */
  private static long number(String text) {
    if (text.isEmpty()) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return -1;
      }
    }
    return text.length() > 12 ? Long.MAX_VALUE : Long.parseLong(text);
  }

  private static long checked(long id, String word) {
    if (id > MAX_ID) {
      throw new InvalidException(
          "user or group " + word, "the id is not between 0 and " + MAX_ID, "use a smaller number");
    }
    return id;
  }
}
