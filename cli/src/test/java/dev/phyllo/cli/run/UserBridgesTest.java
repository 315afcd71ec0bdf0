package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks of several containers of an ordinary user. */
class UserBridgesTest {
  @TempDir static Path dir;
  private static NetworkRig rig;

  @BeforeAll
  static void load() throws Exception {
    rig = new NetworkRig(dir);
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/slirp4netns")), "needs the package slirp4netns");
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
        .link("bin/nslookup", "busybox")
        .write(dir.resolve("box.tar"), "box:1", "{\"Cmd\":[\"/bin/sh\"]}");
    Phyllo.Result loaded = rig.run("P load -i box.tar && P unshare unshare -n true");
    assumeTrue(loaded.status() == 0, "no user namespaces here: " + loaded.err());
  }

  @Test
  void containersOfAUserFindEachOtherAndAreReached() throws Exception {
    Phyllo.Result result =
        rig.run(
            """
            names serve 127.0.0.53 53 198.51.100.1 & names ask 127.0.0.53 53
            echo "nameserver 127.0.0.53" > resolv.conf
            P network create --subnet 10.77.0.0/24 web; P network create other
            P run -d --network web --name server -p 18080:80 -p 127.0.0.1:18081:80 box:1 httpd -f -p 80 -h /www > /dev/null
            P run --rm --network web box:1 sh -c '
              wget -q -O - http://server/; wget -q -O - http://192.0.2.1:8000/
              nslookup -type=a some.test | grep -o "198.51.*"
              grep -o "192.0.2.2.host.containers.internal" /etc/hosts'
            until_so out wget -O - http://192.0.2.2:18080/
            out wget -q -O - http://192.0.2.2:18080/
            wget -q -O - http://127.0.0.1:18081/
            P port server
            P run --rm --network web -p 18080:80 box:1 true 2>&1 | grep -o 'published by another'
            P network connect other server; P exec server ls /sys/class/net
            P network disconnect web server; P network rm web
            P network create --subnet 10.78.0.0/24 web > /dev/null
            P run --rm --network web box:1 true && echo another of that name
            until_so out wget -O - http://192.0.2.2:18080/; echo through the other
            P rm -f server > /dev/null
            out wget -q -t 1 -T 3 -O - http://192.0.2.2:18080/ || echo closed
            P network rm web other
            left; ip link | grep -c phyllo; iptables-save | grep -c CNI
            ls home/root/networks
            """);
    assertEquals(
        """
        198.51.100.1
        web
        other
        inner
        outer
        198.51.100.1
        192.0.2.2	host.containers.internal
        inner
        inner
        80/tcp -> 0.0.0.0:18080
        80/tcp -> 127.0.0.1:18081
        published by another
        eth0
        eth1
        lo
        web
        another of that name
        through the other
        closed
        web
        other
        0
        0
        addresses
        lock
        members
        """,
        result.out(),
        result.err());
  }

  @Test
  void nothingIsLeftWhoeverIsKilled() throws Exception {
    Phyllo.Result result =
        rig.run(
            """
            supervisor() { read -r pid _ < home/root/supervisor/process; kill -9 $pid; }
            P network create --subnet 10.77.0.0/24 web > /dev/null
            P run --rm --network web --name one box:1 httpd -f -p 80 -h /www & run=$!
            until_so sh -c 'P ps -q | grep .'
            P run -d --network web --name two -p 18080:80 box:1 httpd -f -p 80 -h /www > /dev/null
            P exec two wget -q -O - http://one/
            supervisor
            P exec two wget -q -O - http://one/
            kill -9 $run; wait $run 2> /dev/null; P gc > /dev/null
            until_so out wget -O - http://192.0.2.2:18080/; echo goes on
            helpers slirp4netns
            P restart -t 0 two > /dev/null
            until_so out wget -O - http://192.0.2.2:18080/; echo again
            for p in /proc/[0-9]*; do
              tr '\\0' ' ' 2> /dev/null < $p/cmdline | grep -q '^phyllo-network' && kill -9 ${p#/proc/}
            done
            P run --rm --network web box:1 wget -q -O - http://two/
            P rm -f two > /dev/null
            P network rm web
            left; find home/root/networks/addresses -name '10.77*'; ls home/root/networks
            for p in /proc/[0-9]*; do tr '\\0' ' ' 2> /dev/null < $p/cmdline | grep '^phyllo-network'; done
            """);
    assertEquals(
        "inner\ninner\ngoes on\n1\nagain\ninner\nweb\naddresses\nlock\nmembers\n",
        result.out(),
        result.err());
    assertTrue(!result.err().contains("phyllo:"), result.err());
  }
}
