package dev.phyllo.containers.networks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class Subnet6Test {
  @Test
  void rangesAreWrittenAsTheyAreReadInTheirShortestForm() {
    for (String text :
        List.of("fd00::/64", "2001:db8:0:1::/64", "fd00:1:2:3:4:5:6:7/126", "::/8", "fe80::/10")) {
      String written = text.equals("fd00:1:2:3:4:5:6:7/126") ? "fd00:1:2:3:4:5:6:4/126" : text;
      assertEquals(written, Subnet6.parse(written, "--subnet").toString());
    }
    assertEquals("fd00::/64", Subnet6.parse("FD00:0:0:0::/64", "--subnet").toString());
    assertEquals("fd00::1", Subnet6.parse("fd00::/64", "--subnet").first());
  }

  @Test
  void whatIsNoRangeIsRefused() {
    for (String bad :
        List.of(
            "fd00::",
            "fd00::/0",
            "fd00::/7",
            "fd00::/127",
            "fd00::/x",
            "fd00::1/64",
            "fd00:::/64",
            "10.0.0.0/8",
            "fe80::%eth0/64",
            "::ffff:10.0.0.1/64",
            "/64",
            "g::/64")) {
      assertThrows(UsageException.class, () -> Subnet6.parse(bad, bad), bad);
    }
  }

  @Test
  void rangesOverlapIfTheyShareAnAddress() {
    Subnet6 wide = Subnet6.parse("fd00:1::/32", "wide");
    Subnet6 narrow = Subnet6.parse("fd00:1:2::/64", "narrow");
    Subnet6 other = Subnet6.parse("fd00:2::/64", "other");
    Subnet6 low = Subnet6.parse("fd00:1:2::8000:0:0:0/66", "low");
    assertTrue(wide.overlaps(narrow) && narrow.overlaps(wide) && low.overlaps(narrow));
    assertFalse(narrow.overlaps(other) || other.overlaps(wide));
    assertTrue(narrow.contains(Subnet6.address("fd00:1:2::ffff", "address")));
    assertFalse(low.contains(Subnet6.address("fd00:1:2::ffff", "address")));
  }

  @Test
  void portsAreReadWithAddressesInBrackets() {
    assertEquals(
        List.of(new PortMapping("::1", 8080, 80, "tcp")), PortMapping.parse("[::1]:8080:80"));
    assertEquals(
        List.of(new PortMapping("fd00::1", 0, 53, "udp")), PortMapping.parse("[fd00::1]::53/udp"));
    assertEquals(List.of(new PortMapping("", 1, 2, "tcp")), PortMapping.parse("[::]:1:2"));
    assertEquals("[::1]:8080", PortMapping.parse("[::1]:8080:80").getFirst().outside());
    for (String bad : List.of("[::1:80:80", "[x]:80:80", "::1:80:80", "[::1]80:80", "[::1]:80")) {
      assertThrows(UsageException.class, () -> PortMapping.parse(bad), bad);
    }
  }

  @Test
  void aSlirpAnswerIsItsErrorOrNone() {
    assertEquals(
        "", SlirpPorts.error("{\"return\": {\"id\": 42}}".getBytes(StandardCharsets.UTF_8)));
    assertEquals(
        "bad request: add_hostfwd: slirp_add_hostfwd failed",
        SlirpPorts.error(
            "{\"error\": {\"desc\": \"bad request: add_hostfwd: slirp_add_hostfwd failed\"}}"
                .getBytes(StandardCharsets.UTF_8)));
    assertEquals("it did not answer", SlirpPorts.error(new byte[0]));
    assertEquals(
        "it did not open the port", SlirpPorts.error("{}".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void pastaIsToldOfPortsByProtocolAndOfNothingElse() {
    List<PortMapping> ports =
        List.of(
            new PortMapping("", 8080, 80, "tcp"), new PortMapping("127.0.0.1", 8081, 81, "tcp"));
    List<String> words = PastaArguments.of(ports, "", "ready", "/ns", "eth0");
    assertEquals(
        List.of(
            "--tcp-ports",
            "8080:80",
            "--tcp-ports",
            "127.0.0.1/8081:81",
            "--udp-ports",
            "none",
            "--netns",
            "/ns"),
        words.subList(words.size() - 8, words.size()));
  }
}
