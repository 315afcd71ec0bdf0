package dev.phyllo.containers.networks;

import dev.phyllo.oci.UsageException;
import java.util.List;
import java.util.Optional;

/**
 * The addresses of a network: IPv4 always, IPv6 beside it if it has any.
 *
 * @param subnet its IPv4 addresses
 * @param gateway the bridge's own
 * @param subnet6 its IPv6 addresses
 * @param gateway6 the bridge's own; empty if it has none
 */
public record NetworkRanges(
    Subnet subnet, int gateway, Optional<Subnet6> subnet6, String gateway6) {

  /**
   * What the maker of a network wants of that.
   *
   * @param subnet empty for a range that nothing else uses
   * @param gateway empty for the first address
   * @param ipv6 whether it is to have IPv6 addresses
   * @param subnet6 empty for a range that nothing else uses
   * @param gateway6 empty for the first address
   */
  public record Wanted(
      Optional<Subnet> subnet,
      Optional<Integer> gateway,
      boolean ipv6,
      Optional<Subnet6> subnet6,
      Optional<String> gateway6) {
    static final Wanted ANY =
        new Wanted(Optional.empty(), Optional.empty(), false, Optional.empty(), Optional.empty());

    /**
     * Reads what was given as words, one of each kind of address at most.
     *
     * @throws UsageException if it is no range or address, or does not fit together
     */
    public static Wanted of(List<String> subnets, List<String> gateways, boolean ipv6) {
      Optional<Subnet> subnet = Optional.empty();
      Optional<Subnet6> subnet6 = Optional.empty();
      for (String text : subnets) {
        String thing = "--subnet " + text;
        boolean again = text.indexOf(':') >= 0 ? subnet6.isPresent() : subnet.isPresent();
        refuse(again, thing, "a network has one range of each kind", "leave one out");
        if (text.indexOf(':') >= 0) {
          subnet6 = Optional.of(Subnet6.parse(text, thing));
        } else {
          subnet = Optional.of(Subnet.parse(text, thing));
        }
      }
      Optional<Integer> gateway = Optional.empty();
      Optional<String> gateway6 = Optional.empty();
      for (String text : gateways) {
        String thing = "--gateway " + text;
        boolean inside;
        if (text.indexOf(':') >= 0) {
          Subnet6 address = Subnet6.address(text, thing);
          inside = subnet6.isPresent() && subnet6.get().contains(address);
          gateway6 = Optional.of(text);
        } else {
          int address = Subnet.address(text, thing);
          inside = subnet.isPresent() && subnet.get().contains(address);
          gateway = Optional.of(address);
        }
        refuse(!inside, thing, "not an address of the network", "give --subnet with it");
      }
      return new Wanted(subnet, gateway, ipv6 || subnet6.isPresent(), subnet6, gateway6);
    }

    private static void refuse(boolean bad, String thing, String why, String remedy) {
      if (bad) {
        throw new UsageException(thing, why, remedy);
      }
    }
  }
}
