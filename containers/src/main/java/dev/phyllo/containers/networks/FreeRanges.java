package dev.phyllo.containers.networks;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.UnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds addresses for a new network that no other network has and no route of the host leads to.
 */
final class FreeRanges {
  private FreeRanges() {}

  /**
   * The ranges of a new network.
   *
   * @throws ConflictException if another network has some of what was asked for
   */
  static NetworkRanges of(String name, NetworkRanges.Wanted wanted, List<NetworkRecord> others) {
    for (NetworkRecord other : others) {
      if (wanted.subnet().isPresent() && wanted.subnet().get().overlaps(other.ranges().subnet())) {
        throw taken(wanted.subnet().get().toString(), other);
      }
      if (wanted.subnet6().isPresent()
          && other.ranges().subnet6().isPresent()
          && wanted.subnet6().get().overlaps(other.ranges().subnet6().get())) {
        throw taken(wanted.subnet6().get().toString(), other);
      }
    }
    Subnet subnet = wanted.subnet().isPresent() ? wanted.subnet().get() : free(name, others);
    int gateway = wanted.gateway().orElse(subnet.first());
    if (!wanted.ipv6()) {
      return new NetworkRanges(subnet, gateway, Optional.empty(), "");
    }
    Subnet6 subnet6 = wanted.subnet6().isPresent() ? wanted.subnet6().get() : unique();
    return new NetworkRanges(
        subnet, gateway, Optional.of(subnet6), wanted.gateway6().orElse(subnet6.first()));
  }

  private static ConflictException taken(String range, NetworkRecord other) {
    return new ConflictException(
        "--subnet " + range, "network " + other.name() + " has some of it", "choose another");
  }

  /** RFC 4193: 40 random bits make it one that nobody else has. */
  private static Subnet6 unique() {
    long random = ThreadLocalRandom.current().nextLong() & 0x00ff_ffff_ffff_0000L;
    return new Subnet6(0xfd00_0000_0000_0000L | random, 0, 64);
  }

  private static Subnet free(String name, List<NetworkRecord> others) {
    List<Subnet> used = new ArrayList<>(HostRoutes.routes());
    for (NetworkRecord other : others) {
      used.add(other.ranges().subnet());
    }
    List<Subnet> candidates = new ArrayList<>();
    if (name.equals(NetworkStore.DEFAULT)) {
      for (int second = 88; second <= 250; second += 9) {
        candidates.add(new Subnet(10 << 24 | second << 16, 16));
      }
    } else {
      for (int n = 0; n < 1024; n++) {
        candidates.add(new Subnet(10 << 24 | 89 + (n >> 8) << 16 | (n & 255) << 8, 24));
      }
    }
    for (Subnet candidate : candidates) {
      boolean free = true;
      for (Subnet other : used) {
        free &= !candidate.overlaps(other);
      }
      if (free) {
        return candidate;
      }
    }
    throw new UnsupportedException(
        "network " + name, "every range that could be chosen is in use", "give --subnet");
  }
}
