package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Networks of bridges as a user meets them. Everything runs in a network namespace of its own
 * (unshare(1)): bridges, rules and routes are made there, and go with it.
 */
class NetworksTest {
  private static final int PATIENCE_SECONDS = 120;

  @TempDir static Path dir;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/lib/cni/bridge")),
        "needs the package containernetworking-plugins");
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/iptables")), "needs the package iptables");
    assumeTrue(
        inside(
                    "iptables -t nat -L && ip link add phyllo-a type veth peer name phyllo-b && ip link add"
                        + " phyllo-c type bridge")
                .status()
            == 0,
        "this kernel has no veth, no bridges or no nat table for iptables");
    Path archive =
        new BusyboxImage()
            .directory("www")
            .file("www/index.html", "it works\n")
            .link("bin/nc", "busybox")
            .link("bin/httpd", "busybox")
            .link("bin/ping", "busybox")
            .link("bin/wget", "busybox")
            .write(
                dir.resolve("box.tar"),
                "box:1",
                "{\"Cmd\":[\"/bin/sh\"],\"ExposedPorts\":{\"80/tcp\":{}}}");
    Phyllo.Result loaded =
        new Phyllo(dir.resolve("root"), dir).run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
  }

  /** A shell in a network namespace of its own, where {@code $P} is the command. */
  private static Phyllo.Result inside(String script) throws Exception {
    Path out = Files.createTempFile(dir, "out", "");
    Path err = Files.createTempFile(dir, "err", "");
    Path program = dir.resolve("P");
    if (!Files.exists(program)) {
      Files.writeString(
          program,
          "#!/bin/sh\nexec "
              + Path.of(System.getProperty("java.home"), "bin", "java")
              + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -cp '"
              + System.getProperty("java.class.path")
              + "' dev.phyllo.cli.Main --root "
              + dir.resolve("root")
              + " \"$@\"\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }
    String command = "PATH=$PATH:" + dir + "\nip link set lo up\n";
    ProcessBuilder builder =
        new ProcessBuilder(List.of("unshare", "-n", "sh", "-c", command + script));
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("no end after " + PATIENCE_SECONDS + " s");
    }
    return new Phyllo.Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  @Test
  void aContainerWithUsersOfItsOwnOwnsItsNetworkAndIsFoundByName() throws Exception {
    Phyllo.Result result =
        inside(
            "P network create --subnet 10.91.0.0/24 owned > /dev/null\n"
                + "P run -d --name web --network owned --user-ns auto box:1 httpd -f -h /www > /dev/null || exit 1\n"
                + "P run --rm --network owned --user-ns auto --cap-add NET_ADMIN box:1 sh -c '"
                + " ip -4 -o addr show eth0 | grep -c \"inet 10.91.\"; ip link set eth0 mtu 1300 &&"
                + " echo mine; wget -q -O - http://web/; touch /sys/x 2> /dev/null || echo kept'\n"
                + "P inspect web --format '{{.HostConfig.UsernsMode}}'; P rm -f web > /dev/null; P network rm owned > /dev/null; ls "
                + dir.resolve("root/ns/default/containers")
                + " | wc -l");
    assertEquals("1\nmine\nit works\nkept\nprivate\n0\n", result.out(), result.err());
  }

  @Test
  void aContainerHasAnAddressAWayOutAndItsNameInHosts() throws Exception {
    Phyllo.Result result =
        inside(
            "P run --rm --network bridge --hostname web --domainname example.test --dns 10.1.2.3"
                + " --dns-search example.test --add-host gw:host-gateway --add-host=db:10.9.9.9 box:1 sh -c '"
                + " ip -4 -o addr show eth0 | grep -c \"inet 10.88.\";"
                + " ip route | grep -c \"default via 10.88.0.1\";"
                + " grep -c \"^10.88.*web.example.test web$\" /etc/hosts;"
                + " grep \"gw$\" /etc/hosts; grep \"db$\" /etc/hosts; cat /etc/resolv.conf;"
                + " ping -c 1 -W 2 10.88.0.1 > /dev/null && echo reached'\n"
                + "iptables-save -t nat | grep -c CNI; ls "
                + dir.resolve("root/ns/default/containers")
                + " | wc -l");
    assertEquals(
        "1\n1\n1\n10.88.0.1\tgw\n10.9.9.9\tdb\nnameserver 10.1.2.3\nsearch example.test\nreached\n0\n0\n",
        result.out().replaceAll("(?m)^options.*\n", ""),
        result.err());
    assertNothingIsLeft();
  }

  @Test
  void aContainerOfAnotherRuntimeIsConnectedToo() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/runc"))
            || Files.isExecutable(Path.of("/usr/bin/runc")),
        "needs runc");
    Phyllo.Result result =
        inside(
            "P run --rm --runtime runc --network bridge box:1 sh -c '"
                + " ip -4 -o addr show eth0 | grep -c \"inet 10.88.\";"
                + " ping -c 1 -W 2 10.88.0.1 > /dev/null && echo reached'");
    assertEquals("1\nreached\n", result.out(), result.err());
    assertNothingIsLeft();
  }

  @Test
  void containersOfOneNetworkFindEachOtherByNameWhileTheyRun() throws Exception {
    Phyllo.Result result =
        inside(
            "P network create --subnet 10.77.0.0/24 --label a=b web > /dev/null || exit 1\n"
                + "P run --rm --network web --name server --network-alias www -p 127.0.0.1:18080:80 -p 80 box:1"
                + " sh -c 'trap exit TERM; httpd -f -p 80 -h /www & wait' &\n"
                + "server=$!\n"
                + "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do"
                + " wget -q -O - http://127.0.0.1:18080/ 2> /dev/null && break; sleep 1; done\n"
                + "P run --rm --network web --ip 10.77.0.50 --mac-address 02:42:0a:4d:00:32 box:1 sh -c '"
                + "wget -q -O - http://server/ && wget -q -O - http://www/ && ip -o addr show eth0'"
                + " | grep -o -e 'it works' -e 'inet 10.77.0.50'\n"
                + "P port server 80 | head -1\n"
                + "P network rm web 2>&1 | grep -c 'is in it'\n"
                + "P run --rm --network web -p 18080:80 box:1 true 2>&1 | grep -c 'published by another'\n"
                + "P run --rm --network container:server box:1 wget -q -O - http://127.0.0.1/\n"
                + "kill $server; wait $server\n"
                + "P network rm web; ip link show phyllo1 2>&1 | grep -c 'does not exist'");
    assertEquals(
        "it works\nit works\nit works\ninet 10.77.0.50\n127.0.0.1:18080\n1\n1\nit works\nweb\n1\n",
        result.out(),
        result.err());
    assertNothingIsLeft();
  }

  @Test
  void theDefaultIsABridgeWhereItCanBeHadAndNoneIsAlwaysPossible() throws Exception {
    Phyllo.Result result =
        inside(
            "unset PHYLLO_NETWORK\n"
                + "P run --rm box:1 ls /sys/class/net\n"
                + "P run --rm --network none --name peer box:1 sh -c 'sleep 3; ls /sys/class/net' &\nsleep 2\n"
                + "P run --rm --network container:peer box:1 true; echo shared $?; wait $!\n"
                + "CNI_PATH=/nowhere P run --rm box:1 ls /sys/class/net\n"
                + "CNI_PATH=/nowhere P run --rm --network bridge box:1 true; echo $?");
    assertEquals("eth0\nlo\nshared 0\nlo\nlo\n125\n", result.out(), result.err());
    assertTrue(result.err().contains("containernetworking-plugins"), result.err());
    assertNothingIsLeft();
  }

  @Test
  void whatAKilledEngineHeldOfTheNetworkIsReleased() throws Exception {
    Path containers = dir.resolve("root/ns/default/containers");
    Phyllo.Result result =
        inside(
            "P run --rm --network bridge -p 18081:80 box:1 sleep 60 &\n"
                + "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do"
                + " iptables-save -t nat | grep -q 18081 && break; sleep 1; done; sleep 1\n"
                + "kill -9 $!; wait $! 2> /dev/null\n"
                + "iptables-save -t nat | grep -c 'dport 18081 -j DNAT'\n"
                + "grep -c netns /proc/self/mountinfo\n"
                + "P gc > /dev/null\n"
                + "iptables-save -t nat | grep -c 18081\n"
                + "grep -c netns /proc/self/mountinfo\n"
                + "ls "
                + dir.resolve("root/networks/addresses/bridge")
                + " | grep -c '^10.88'; ls "
                + containers
                + " | wc -l");
    assertEquals("1\n1\n0\n0\n0\n0\n", result.out(), result.err());
    assertNothingIsLeft();
  }

  private static void assertNothingIsLeft() throws Exception {
    String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    assertTrue(!mounts.contains(dir.toString()), "a mount is left: " + mounts);
    Path members = dir.resolve("root/networks/members");
    if (Files.exists(members)) {
      try (var all = Files.walk(members)) {
        assertEquals(List.of(), all.filter(Files::isRegularFile).toList());
      }
    }
  }
}
