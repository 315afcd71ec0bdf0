package dev.phyllo.containers.networks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.linux.Linux;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What plugins are told, in which order, and what becomes of what they say: with plugins of sh. */
class CniRuntimeTest {
  @TempDir Path dir;

  @BeforeEach
  void needsLinux() {
    assumeTrue(Linux.isSupported(), "needs Linux");
  }

  private void plugin(String name, String script) throws Exception {
    Path file = dir.resolve(name);
    Files.writeString(
        file,
        "#!/bin/sh\necho \""
            + name
            + " $CNI_COMMAND $CNI_CONTAINERID $CNI_NETNS $CNI_IFNAME\" >> "
            + dir.resolve("log")
            + "\ncat > "
            + dir
            + "/"
            + name
            + ".$CNI_COMMAND\n"
            + script
            + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static JsonObject json(String text) {
    return JsonCodec.parseObject(text.getBytes(StandardCharsets.UTF_8), "a test");
  }

  private static Attachment attachment() {
    return new Attachment(
        "net",
        "eth0",
        json("""
        {"cniVersion":"1.0.0","name":"net","plugins":[
        {"type":"one","capabilities":{"ips":true},"kept":1},
        {"type":"two","capabilities":{"portMappings":true}}]}\
        """)
            .value(),
        json("{\"portMappings\":[{\"hostPort\":1}],\"mac\":\"02:00:00:00:00:01\"}").value(),
        Optional.empty());
  }

  private CniRuntime runtime() {
    return new CniRuntime(CniPlugins.of(dir + ":/nowhere"), StepListener.NONE);
  }

  private JsonObject told(String what) throws Exception {
    return JsonCodec.parseObject(Files.readAllBytes(dir.resolve(what)), what);
  }

  @Test
  void pluginsAreCalledInOrderAndUndoneInTheOther() throws Exception {
    plugin("one", "echo '{\"ips\":[{\"address\":\"10.1.0.2/24\",\"gateway\":\"10.1.0.1\"}]}'");
    plugin(
        "two",
        "[ $CNI_COMMAND = DEL ] || echo '{\"ips\":[{\"address\":\"10.1.0.2/24\"}],\"x\":1}'");
    Attachment made = attachment().made(runtime().add(attachment(), "id", "/ns"));
    assertEquals(List.of("10.1.0.2"), made.addresses());
    runtime().delete(made, "id", "");
    assertEquals(
        List.of(
            "one ADD id /ns eth0", "two ADD id /ns eth0", "two DEL id  eth0", "one DEL id  eth0"),
        Files.readAllLines(dir.resolve("log")));
    JsonObject first = told("one.ADD");
    assertEquals("net", first.requireString("name"));
    assertEquals("1.0.0", first.requireString("cniVersion"));
    assertFalse(first.has("capabilities") || first.has("prevResult") || first.has("runtimeConfig"));
    assertEquals(1, first.requireNumber("kept"));
    JsonObject second = told("two.ADD");
    assertEquals(1, second.requireObject("prevResult").objects("ips").size());
    assertEquals(
        List.of("portMappings"),
        List.copyOf(second.requireObject("runtimeConfig").value().members().keySet()));
    assertEquals(1, told("one.DEL").requireObject("prevResult").requireNumber("x"));
  }

  @Test
  void whatAPluginSaysOfItsFailureIsPassedOn() throws Exception {
    plugin("one", "echo '{}'");
    plugin("two", "echo '{\"code\":7,\"msg\":\"no luck\",\"details\":\"today\"}'; exit 1");
    SystemException e =
        assertThrows(SystemException.class, () -> runtime().add(attachment(), "id", "/ns"));
    assertTrue(e.why().contains("two (ADD): no luck; today"), e.why());
    SystemException undoing =
        assertThrows(SystemException.class, () -> runtime().delete(attachment(), "id", "/ns"));
    assertTrue(undoing.why().contains("two (DEL)"), undoing.why());
    assertTrue(Files.exists(dir.resolve("one.DEL")), "the others are undone all the same");
  }

  @Test
  void aPluginThatSaysTooMuchIsEnded() throws Exception {
    plugin("one", "exec head -c 100000000 /dev/zero");
    assertThrows(SystemException.class, () -> runtime().add(attachment(), "id", "/ns"));
  }

  @Test
  void aMissingPluginIsNamedWithItsPackage() throws Exception {
    plugin("one", "echo '{}'");
    UnsupportedException e =
        assertThrows(UnsupportedException.class, () -> runtime().add(attachment(), "id", "/ns"));
    assertTrue(e.remedy().contains("containernetworking-plugins"), e.remedy());
  }

  @Test
  void portsAndRangesAreRead() {
    assertEquals(
        List.of(
            new PortMapping("127.0.0.1", 8080, 80, "tcp"),
            new PortMapping("127.0.0.1", 8081, 81, "tcp")),
        PortMapping.parse("127.0.0.1:8080-8081:80-81"));
    assertEquals(List.of(new PortMapping("", 0, 53, "udp")), PortMapping.parse("53/udp"));
    for (String bad :
        List.of("", "0", "65536", "a:80", "80-70", "1-2:3", "80/icmp", "1.2.3.4:80", "::1:80:80")) {
      assertThrows(dev.phyllo.oci.UsageException.class, () -> PortMapping.parse(bad), bad);
    }
    assertTrue(Subnet.parse("10.88.0.0/16", "x").overlaps(Subnet.parse("10.88.3.0/24", "x")));
    assertFalse(Subnet.parse("10.88.0.0/16", "x").overlaps(Subnet.parse("10.89.0.0/24", "x")));
    assertThrows(dev.phyllo.oci.UsageException.class, () -> Subnet.parse("10.88.0.1/16", "x"));
  }
}
