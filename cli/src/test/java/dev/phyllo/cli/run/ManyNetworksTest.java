package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers in several networks of root's, at once and one after the other. */
class ManyNetworksTest {
  @TempDir static Path dir;
  private static NetworkRig rig;

  @BeforeAll
  static void load() throws Exception {
    rig = new NetworkRig(dir);
    assumeTrue(
        Files.isExecutable(Path.of("/usr/lib/cni/bridge")),
        "needs the package containernetworking-plugins");
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/iptables")), "needs the package iptables");
    assumeTrue(
        rig.run("iptables -t nat -L && ip link add phyllo-c type bridge").status() == 0,
        "this kernel has no bridges or no nat table for iptables");
    new BusyboxImage()
        .directory("www")
        .file("www/index.html", "inner\n")
        .link("bin/httpd", "busybox")
        .link("bin/wget", "busybox")
        .link("bin/ping", "busybox")
        .write(
            dir.resolve("box.tar"),
            "box:1",
            "{\"Cmd\":[\"/bin/sh\"],\"ExposedPorts\":{\"80/tcp\":{},\"81/tcp\":{},\"53/udp\":{}}}");
    Phyllo.Result loaded = rig.run("R load -i box.tar");
    assertEquals(0, loaded.status(), loaded.err());
  }

  @Test
  void aContainerComesIntoNetworksAndLeavesThemWhileItRuns() throws Exception {
    Phyllo.Result result =
        rig.run(
            """
            R network create --subnet 10.77.1.0/24 one > /dev/null
            R network create --subnet 10.77.2.0/24 two > /dev/null
            R run -d --network one --name web -p 18080:80 box:1 httpd -f -p 80 -h /www > /dev/null
            R run -d --network two --name other box:1 sleep 1000 > /dev/null
            R exec other grep -q web /etc/hosts || echo not yet
            R network connect --alias www --ip 10.77.2.50 two web; echo $?
            R exec other wget -q -O - http://web/
            R exec other wget -q -O - http://www/
            R exec web ip -4 -o addr show eth1 | grep -o '10.77.2.50'
            R exec web grep -c '^10.77.2.50.' /etc/hosts
            R exec web ping -c 1 -W 2 other > /dev/null && echo by name
            R exec web ip route | grep -c default
            until_so out wget -O - http://192.0.2.2:18080/
            R inspect --format '{{json .NetworkSettings.Networks}}' web | grep -o '"IPAddress":"[^"]*"'
            R network connect two web 2>&1 | grep -c already
            R network disconnect one web; echo $?
            R exec web ls /sys/class/net
            R exec web ip route | grep -o 'default via 10.77.2.1'
            R exec web wget -q -O - http://192.0.2.1:8000/
            until_so out wget -O - http://192.0.2.2:18080/
            R port web
            R network rm one
            R network disconnect one web 2>&1 | grep -c 'not in network one'
            R network disconnect -f one web; echo $?
            R restart -t 0 web > /dev/null
            until_so out wget -O - http://192.0.2.2:18080/
            R exec other wget -q -O - http://www/
            R network disconnect two web
            R exec other grep -c www /etc/hosts
            R exec web ls /sys/class/net
            R network connect two web && R exec other wget -q -O - http://web/
            R rm -f web other > /dev/null; R network rm two
            iptables-save | grep -c 18080; find root/networks/members -type f; ip link | grep -c phyllo
            """);
    assertEquals(
        """
        not yet
        0
        inner
        inner
        10.77.2.50
        1
        by name
        1
        "IPAddress":"10.77.1.2"
        "IPAddress":"10.77.2.50"
        1
        0
        eth1
        lo
        default via 10.77.2.1
        outer
        80/tcp -> 0.0.0.0:18080
        one
        1
        0
        inner
        0
        lo
        inner
        two
        0
        0
        """,
        result.out(),
        result.err());
  }

  @Test
  void whatWasConnectedWhileItDidNotRunIsSoWhenItStarts() throws Exception {
    Phyllo.Result result =
        rig.run(
            """
            R network create --subnet 10.77.1.0/24 one > /dev/null
            R network create --subnet 10.77.2.0/24 two > /dev/null
            R create --name web --network one box:1 sh -c 'ip -4 -o addr | grep -o "eth. .*inet 10.77[0-9.]*"' > /dev/null
            R network connect --ip 10.77.2.9 two web
            R inspect --format '{{json .NetworkSettings.Networks}}' web | grep -o '"NetworkID":"[^"]*"'
            R start -a web
            R network disconnect one web
            R start -a web
            R network connect three web; echo $?
            R rm web > /dev/null
            R create --name alone --network none box:1 > /dev/null
            R network connect one alone 2>&1 | grep -c 'made with --network none'
            R network connect host alone 2>&1 | grep -c 'from its start only'
            R rm alone > /dev/null; R network rm one two
            """);
    assertEquals(
        """
        "NetworkID":"one"
        "NetworkID":"two"
        eth0    inet 10.77.1.2
        eth1    inet 10.77.2.9
        eth0    inet 10.77.2.9
        1
        1
        1
        one
        two
        """,
        result.out(),
        result.err());
  }

  @Test
  void severalNetworksAtOnceWithOneWayOut() throws Exception {
    Phyllo.Result result =
        rig.run(
            """
            R network create --subnet 10.77.1.0/24 --internal one > /dev/null
            R network create --subnet 10.77.2.0/24 two > /dev/null
            R network create --subnet 10.77.3.0/24 three > /dev/null
            R run -d --name web --network one --network two --network three -p 18080:80 \
              box:1 httpd -f -p 80 -h /www > /dev/null
            R exec web ip route | grep default
            R exec web wget -q -O - http://192.0.2.1:8000/
            until_so out wget -O - http://192.0.2.2:18080/; echo reached
            for network in one two three; do
              R run --rm --network $network box:1 wget -q -O - http://web/
            done
            R run --rm --network one box:1 sh -c 'ip route | grep -c default; ping -c 1 -W 1 192.0.2.1 > /dev/null || echo closed'
            R rm -f web > /dev/null; R network rm one two three > /dev/null
            """);
    assertEquals(
        "default via 10.77.2.1 dev eth1 \nouter\nreached\ninner\ninner\ninner\n0\nclosed\n",
        result.out(),
        result.err());
  }

  @Test
  void portsOfEveryKindArePublished() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String names = " -cp " + String.join(":", rig.classPathAt("/t"));
    Phyllo.Result result =
        rig.run(
            """
            jdk="-v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v $PWD/lib:/t:ro"
            R run -d --name web --network bridge -p 18100-18101:80-81 -p 192.0.2.2:18200:80 -p 18300:9/sctp $jdk \
              -p 5353:53/udp box:1 sh -c 'httpd -p 80 -h /www; httpd -p 81 -h /www
                exec %1$s%2$s dev.phyllo.cli.run.NameServer serve 0.0.0.0 53 198.51.100.7' > /dev/null
            until_so out wget -O - http://192.0.2.2:18101/
            for port in 18100 18101 18200; do out wget -q -O - http://192.0.2.2:$port/; done
            out names ask 192.0.2.2 5353
            iptables-save -t nat | grep -c -- '-p sctp .*18300 -j DNAT'
            R port web
            R rm -f web > /dev/null
            R run -d --name all --network bridge -P box:1 httpd -f -p 81 -h /www > /dev/null
            R port all | cut -d ' ' -f 1
            port=$(R port all 81 | cut -d : -f 2)
            until_so out wget -O - http://192.0.2.2:$port/; echo reached
            R rm -f all > /dev/null
            """
                .formatted(java, names));
    assertEquals(
        """
        inner
        inner
        inner
        198.51.100.7
        1
        80/tcp -> 0.0.0.0:18100
        81/tcp -> 0.0.0.0:18101
        80/tcp -> 192.0.2.2:18200
        9/sctp -> 0.0.0.0:18300
        53/udp -> 0.0.0.0:5353
        80/tcp
        81/tcp
        53/udp
        reached
        """,
        result.out(),
        result.err());
  }

  @Test
  void withoutPluginsOrIptablesTheDefaultIsNone() throws Exception {
    Phyllo.Result result =
        rig.run(
            """
            R run --rm box:1 sh -c 'echo $(ls /sys/class/net)'
            CNI_PATH=/nowhere R run --rm box:1 sh -c 'echo $(ls /sys/class/net)'
            CNI_PATH=/nowhere R run --rm --network bridge box:1 true; echo $?
            CNI_PATH=/nowhere R network create xx; echo $?
            for tool in /usr/sbin/iptables; do mount --bind /dev/null $tool; done
            R run --rm box:1 sh -c 'echo $(ls /sys/class/net)'
            R run --rm --network bridge box:1 true; echo $?
            R network create --internal inside > /dev/null
            R run --rm --network inside box:1 sh -c 'echo $(ls /sys/class/net)'
            R network rm inside
            """);
    assertEquals("eth0 lo\nlo\n125\n1\nlo\n125\neth0 lo\ninside\n", result.out(), result.err());
    for (String said : List.of("containernetworking-plugins", "apt-get install iptables")) {
      assertTrue(result.err().contains(said), said + ": " + result.err());
    }
  }

  @Test
  void aNetworkHasAddressesOfBothKinds() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/sys/net/ipv6")), "this kernel has no IPv6");
    assumeTrue(rig.run("ip6tables -t nat -L").status() == 0, "no nat table for ip6tables");
    Phyllo.Result result =
        rig.run(
            """
            ipv6
            R network create --ipv6 --subnet fd00:77::/64 --subnet 10.77.6.0/24 six > /dev/null
            R network create --ipv6 auto > /dev/null
            R network inspect --format '{{.EnableIPv6}} {{len .IPAM.Config}}' auto
            R run -d --network six --name web -p 18080:80 -p '[2001:db8::2]:18081:80' \
              box:1 httpd -f -p 80 -h /www > /dev/null
            R run --rm --network six --ip6 fd00:77::50 box:1 sh -c '
              ip -6 -o addr show eth0 | grep -o fd00:77::50/64
              grep -c "^fd00:77::50.[0-9a-f]*$" /etc/hosts
              grep -o "^fd00:77::2.web" /etc/hosts
              ping -6 -c 1 -W 5 web > /dev/null && echo by name
              wget -q -O - "http://[fd00:77::2]/"
              wget -q -O - "http://[2001:db8::1]:8000/"'
            until_so out wget -O - 'http://[2001:db8::2]:18080/'
            out wget -q -O - 'http://[2001:db8::2]:18080/'
            out wget -q -O - 'http://[2001:db8::2]:18081/'
            out wget -q -O - 'http://192.0.2.2:18080/'
            R port web
            R inspect --format '{{(index .NetworkSettings.Networks "six").GlobalIPv6Address}} {{.NetworkSettings.IPAddress}}' web
            R network inspect --format '{{json .Containers}}' six | grep -o '"IPv[46]Address":"[^"]*"'
            R network disconnect six web; R network connect --ip6 fd00:77::99 six web
            R exec web ip -6 -o addr show | grep -o fd00:77::99/64
            R rm -f web > /dev/null
            R run --rm --network six -p '[::1]:18080:80' box:1 true; echo $?
            R run --rm --network bridge -p '[2001:db8::2]:18080:80' box:1 true; echo $?
            R network create --subnet fd00:77::/48 over; echo $?
            R network create --subnet fd00::1/64 odd; echo $?
            R network rm six auto
            ip6tables-save -t nat | grep -c -- '--dport 1808'
            """);
    assertEquals(
        """
        true 2
        fd00:77::50/64
        1
        fd00:77::2	web
        by name
        inner
        outer
        inner
        inner
        inner
        80/tcp -> 0.0.0.0:18080
        80/tcp -> [::]:18080
        80/tcp -> [2001:db8::2]:18081
        fd00:77::2 10.77.6.2
        "IPv4Address":"10.77.6.2"
        "IPv6Address":"fd00:77::2"
        fd00:77::99/64
        125
        125
        1
        2
        six
        auto
        0
        """,
        result.out(),
        result.err());
  }
}
