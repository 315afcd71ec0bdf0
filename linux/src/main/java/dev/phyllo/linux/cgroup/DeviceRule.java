package dev.phyllo.linux.cgroup;

/**
 * What a container may do with devices of a kind; the lines of the devices controller
 * (cgroup-v1/devices in the kernel's documentation), such as {@code c 1:3 rwm}.
 *
 * @param type {@code c}, {@code b}, or {@code a} for both
 * @param major the number, or {@link #ANY}
 * @param minor the number, or {@link #ANY}
 * @param access some of {@code r}ead, {@code w}rite, {@code m}ake
 */
public record DeviceRule(char type, long major, long minor, String access) {
  /** Every number. */
  public static final long ANY = -1;

  /** Everything with every device. */
  public static final DeviceRule ALL = new DeviceRule('a', ANY, ANY, "rwm");

  /** Checks the parts. */
  public DeviceRule {
    if (type != 'a' && type != 'b' && type != 'c') {
      throw new IllegalArgumentException("device type " + type);
    }
    if (access.isEmpty() || access.length() > 3) {
      throw new IllegalArgumentException("device access " + access);
    }
    for (int i = 0; i < access.length(); i++) {
      if ("rwm".indexOf(access.charAt(i)) < 0) {
        throw new IllegalArgumentException("device access " + access);
      }
    }
  }

  /**
   * Whether it is {@link #ALL}. A record's equals makes classes when it is first used: not here.
   */
  boolean isAll() {
    return type == 'a' && major == ANY && minor == ANY && access.equals(ALL.access);
  }

  /** The rule as the kernel reads it. */
  public String line() {
    return type + " " + text(major) + ":" + text(minor) + " " + access;
  }

  private static String text(long number) {
    return number == ANY ? "*" : Long.toString(number);
  }
}
