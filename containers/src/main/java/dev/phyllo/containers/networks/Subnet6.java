package dev.phyllo.containers.networks;

import dev.phyllo.linux.Ipv6Text;
import dev.phyllo.oci.UsageException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * A range of IPv6 addresses.
 *
 * @param high the first half of its first address
 * @param low the second
 * @param bits how many leading bits all of its addresses share, 8 to 126
 */
public record Subnet6(long high, long low, int bits) {
  /**
   * Reads {@code fd00::/64}.
   *
   * @param thing what to call it in an error
   * @throws UsageException if it is none, or has bits beyond its prefix
   */
  public static Subnet6 parse(String text, String thing) {
    int slash = text.indexOf('/');
    int bits = -1;
    try {
      bits = slash < 0 ? -1 : Integer.parseInt(text.substring(slash + 1));
    } catch (NumberFormatException _) {
      // Said below.
    }
    if (bits < 8 || bits > 126) {
      throw bad(thing);
    }
    Subnet6 whole = address(text.substring(0, slash), thing);
    Subnet6 range = new Subnet6(whole.high, whole.low, bits);
    Subnet6 first = range.masked(bits);
    if (!first.equals(range)) {
      throw new UsageException(thing, "has bits beyond /" + bits, "write " + first);
    }
    return range;
  }

  /**
   * Reads {@code fd00::1}, as a range of one.
   *
   * @throws UsageException if it is none
   */
  public static Subnet6 address(String text, String thing) {
    try {
      if (text.indexOf('%') < 0 && InetAddress.ofLiteral(text) instanceof Inet6Address address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return new Subnet6(bytes.getLong(), bytes.getLong(), 128);
      }
    } catch (IllegalArgumentException _) {
      // Said below.
    }
    throw bad(thing);
  }

  private static UsageException bad(String thing) {
    return new UsageException(
        thing, "not an IPv6 address or range", "write fd00:1::/64, or fd00:1::1 for an address");
  }

  private Subnet6 masked(int count) {
    long h = count >= 64 ? high : high & (count == 0 ? 0 : -1L << 64 - count);
    long l = count <= 64 ? 0 : count == 128 ? low : low & -1L << 128 - count;
    return new Subnet6(h, l, count);
  }

  /** Whether all of another are of it. */
  public boolean contains(Subnet6 other) {
    return bits <= other.bits && other.masked(bits).equals(this);
  }

  /** Whether some address is in both. */
  public boolean overlaps(Subnet6 other) {
    int shared = Math.min(bits, other.bits);
    return masked(shared).equals(other.masked(shared));
  }

  /** The first address that a machine can have: what a gateway usually gets. */
  public String first() {
    return text(new Subnet6(high, low + 1, 128));
  }

  /** The first address as people write it (RFC 5952). */
  private static String text(Subnet6 range) {
    int[] groups = new int[8];
    for (int i = 0; i < 4; i++) {
      groups[i] = (int) (range.high >>> 48 - 16 * i) & 0xffff;
      groups[4 + i] = (int) (range.low >>> 48 - 16 * i) & 0xffff;
    }
    return Ipv6Text.of(groups);
  }

  @Override
  public String toString() {
    return text(this) + "/" + bits;
  }
}
