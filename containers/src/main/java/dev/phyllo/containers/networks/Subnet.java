package dev.phyllo.containers.networks;

import dev.phyllo.oci.UsageException;

/**
 * A range of IPv4 addresses.
 *
 * @param address its first address
 * @param bits how many leading bits all of its addresses share, 1 to 30
 */
public record Subnet(int address, int bits) {
  /**
   * Reads {@code 10.88.0.0/16}.
   *
   * @param thing what to call it in an error
   * @throws UsageException if it is none, or has bits beyond its prefix
   */
  public static Subnet parse(String text, String thing) {
    int slash = text.indexOf('/');
    int bits = -1;
    try {
      bits = slash < 0 ? -1 : Integer.parseInt(text.substring(slash + 1));
    } catch (NumberFormatException _) {
      // Said below.
    }
    if (bits < 1 || bits > 30) {
      throw bad(thing, text);
    }
    int address = address(text.substring(0, slash), thing);
    if ((address & ~mask(bits)) != 0) {
      throw new UsageException(
          thing, "has bits beyond /" + bits, "write " + new Subnet(address & mask(bits), bits));
    }
    return new Subnet(address, bits);
  }

  /**
   * Reads {@code 10.88.0.1}.
   *
   * @throws UsageException if it is none
   */
  public static int address(String text, String thing) {
    int value = 0;
    int parts = 0;
    int digits = 0;
    int part = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? '.' : text.charAt(i);
      if (c >= '0' && c <= '9' && digits < 3) {
        part = part * 10 + c - '0';
        digits++;
      } else if (c == '.' && digits > 0 && part <= 255) {
        value = value << 8 | part;
        parts++;
        part = 0;
        digits = 0;
      } else {
        throw bad(thing, text);
      }
    }
    if (parts != 4) {
      throw bad(thing, text);
    }
    return value;
  }

  /** An address as people write it. */
  public static String text(int address) {
    return (address >>> 24)
        + "."
        + (address >> 16 & 255)
        + "."
        + (address >> 8 & 255)
        + "."
        + (address & 255);
  }

  /** Whether an address is one of it. */
  public boolean contains(int other) {
    return (other & mask(bits)) == address;
  }

  /** Whether some address is in both. */
  public boolean overlaps(Subnet other) {
    int shared = mask(Math.min(bits, other.bits));
    return (address & shared) == (other.address & shared);
  }

  /** The first address that a machine can have: what a gateway usually gets. */
  public int first() {
    return address + 1;
  }

  static int mask(int bits) {
    return bits == 0 ? 0 : -1 << 32 - bits;
  }

  private static UsageException bad(String thing, String text) {
    return new UsageException(
        thing,
        "\"" + text + "\" is not an IPv4 address or range",
        "write 10.89.0.0/24, or 10.89.0.1 for an address");
  }

  @Override
  public String toString() {
    return text(address) + "/" + bits;
  }
}
