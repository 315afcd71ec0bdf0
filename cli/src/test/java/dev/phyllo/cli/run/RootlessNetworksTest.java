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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks of an ordinary user: pasta and slirp4netns. */
class RootlessNetworksTest {
  @TempDir static Path dir;
  private static NetworkRig rig;

  @BeforeAll
  static void load() throws Exception {
    rig = new NetworkRig(dir);
    new BusyboxImage()
        .directory("www")
        .file("www/index.html", "inner\n")
        .link("bin/httpd", "busybox")
        .link("bin/wget", "busybox")
        .link("bin/nslookup", "busybox")
        .write(
            dir.resolve("box.tar"),
            "box:1",
            "{\"Cmd\":[\"/bin/sh\"],\"ExposedPorts\":{\"80/tcp\":{}}}");
    Phyllo.Result loaded = rig.run("P load -i box.tar && P unshare true");
    assumeTrue(loaded.status() == 0, "no user namespaces here: " + loaded.err());
  }

  private static void assumeInstalled(String program) {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin", program)),
        "needs the package " + (program.equals("pasta") ? "passt" : program));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pasta", "slirp4netns"})
  void aContainerReachesWhatTheHostReachesAndItsPortsAreReached(String program) throws Exception {
    assumeInstalled(program);
    String jdk = "-v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v " + dir + "/lib:/t:ro";
    Phyllo.Result result =
        rig.run(
            """
            P run --rm --network %1$s --hostname web --mac-address 02:42:0a:4d:00:32 box:1 sh -c '
              wget -q -O - http://192.0.2.1:8000/
              cat /sys/class/net/eth0/address
              grep -c "^[0-9.]*.web$" /etc/hosts'
            P run -d --network %1$s --name web -p 18080:80 -p 127.0.0.1:18081:80 -P \\
              box:1 httpd -f -p 80 -h /www > /dev/null
            until_so out wget -O - http://192.0.2.2:18080/
            out wget -q -O - http://192.0.2.2:18080/
            wget -q -O - http://127.0.0.1:18081/
            out wget -q -T 3 -t 1 -O - http://192.0.2.2:18081/ || echo only there
            P port web 80
            P ps --format '{{.Ports}}'
            P inspect --format '{{json .NetworkSettings.Ports}} {{.HostConfig.NetworkMode}}' web
            P run --rm --network %1$s -p 18080:80 box:1 true 2>&1 | grep -o 'published by another'
            P run -d --name names --network %1$s -p 5353:53/udp %2$s box:1 \\
              %3$s -cp '%4$s' dev.phyllo.cli.run.NameServer serve 0.0.0.0 53 198.51.100.7 > /dev/null
            out names ask 192.0.2.2 5353
            P rm -f web names > /dev/null
            left
            """
                .formatted(
                    program,
                    jdk,
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    String.join(":", rig.classPathAt("/t"))));
    assertEquals(
        """
        outer
        02:42:0a:4d:00:32
        1
        inner
        inner
        only there
        0.0.0.0:18080
        127.0.0.1:18081
        0.0.0.0:18080->80/tcp, 127.0.0.1:18081->80/tcp
        {"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"18080"},{"HostIp":"127.0.0.1","HostPort":"18081"}]} %s
        published by another
        198.51.100.7
        """
            .formatted(program),
        result.out(),
        result.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pasta", "slirp4netns"})
  void namesAreResolvedAlsoWhereOnlyTheHostReachesItsServer(String program) throws Exception {
    assumeInstalled(program);
    Phyllo.Result result =
        rig.run(
            """
            echo "nameserver 127.0.0.53" > resolv.conf
            names serve 127.0.0.53 53 198.51.100.1 &
            names serve 192.0.2.2 53 198.51.100.2 &
            out names serve 192.0.2.1 53 198.51.100.3 &
            names ask 127.0.0.53 53; names ask 192.0.2.2 53; out names ask 192.0.2.1 53
            for server in 127.0.0.53 192.0.2.2 192.0.2.1; do
              echo "nameserver $server" > resolv.conf
              P run --rm --network %s box:1 nslookup -type=a some.test | grep -o '198.51.*'
            done
            P run --rm --network %1$s --dns 192.0.2.1 box:1 cat /etc/resolv.conf
            """
                .formatted(program));
    String answers = "198.51.100.1\n198.51.100.2\n198.51.100.3\n";
    assertEquals(answers + answers + "nameserver 192.0.2.1\n", result.out(), result.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pasta", "slirp4netns"})
  void theProgramEndsWithItsContainerWhoeverIsKilled(String program) throws Exception {
    assumeInstalled(program);
    Phyllo.Result result =
        rig.run(
            """
            supervisor() { read -r pid _ < home/root/supervisor/process; kill -9 $pid; }
            P run -d --network %1$s --name web -p 18080:80 box:1 httpd -f -p 80 -h /www > /dev/null
            supervisor
            until_so out wget -O - http://192.0.2.2:18080/; echo goes on
            P exec web wget -q -O - http://192.0.2.1:8000/
            P restart -t 0 web > /dev/null
            until_so out wget -O - http://192.0.2.2:18080/; echo restarted, $(helpers %1$s)
            supervisor
            P rm -f web > /dev/null
            left; echo removed
            P run -d --rm --network %1$s --name short box:1 \
              sh -c 'until [ -e /go ]; do sleep 0.1; done' > /dev/null
            container=$(ls -d home/root/ns/default/containers/*)
            supervisor; P exec short sh -c '> /go'
            until_so sh -c 'P gc; test ! -e '$container
            left; echo ended
            P run --rm --network %1$s -p 18080:80 box:1 sleep 60 &
            run=$!
            until_so sh -c 'grep -q 192.0.2.1 home/root/ns/default/containers/*/resolv.conf'
            echo running, $(helpers %1$s)
            kill -9 $run
            wait $run 2> /dev/null
            until_so sh -c 'test "$(helpers %1$s)" = 0'
            P gc > /dev/null
            left; echo killed
            """
                .formatted(program));
    assertEquals(
        """
        goes on
        outer
        restarted, 1
        removed
        ended
        running, 1
        killed
        """,
        result.out(),
        result.err());
  }

  @Test
  void aStartThatFailsLeavesNothing() throws Exception {
    assumeInstalled("pasta");
    assumeInstalled("slirp4netns");
    Phyllo.Result result =
        rig.run(
            """
            P run --rm --network pasta box:1 /nowhere; echo $?
            P run -d --rm --network slirp4netns -p 18080:80 box:1 /nowhere; echo $?
            for step in 'the cgroup' 'the root' 'the process'; do
              PHYLLO_JAVA="-Ddev.phyllo.failStart=$step" P run --rm --network pasta box:1 true
              echo $?
            done
            busybox httpd -p 192.0.2.2:18080 -h www
            P run --rm --network pasta -p 18080:80 box:1 true; echo $?
            P run --rm --network pasta -p 18081:80/sctp box:1 true; echo $?
            P run --rm --network pasta --network slirp4netns box:1 true; echo $?
            P run --rm --network pasta --ip 10.0.0.1 box:1 true; echo $?
            left
            """);
    assertEquals("127\n127\n125\n125\n125\n125\n125\n2\n2\n", result.out(), result.err());
    for (String said : List.of("in use on this machine", "tcp and udp only", "--network pasta")) {
      assertTrue(result.err().contains(said), said + ": " + result.err());
    }
  }

  @Test
  void theDefaultIsWhatWorksAndNoneWithANoteIfNothingDoes() throws Exception {
    assumeInstalled("pasta");
    assumeInstalled("slirp4netns");
    Phyllo.Result result =
        rig.run(
            """
            default() { P run --rm box:1 sh -c 'echo $(ls /sys/class/net; tail -n 1 /etc/hosts)'; }
            default 2> /dev/null | grep -o 'eth0 lo'
            P create --name made box:1 > /dev/null
            P inspect --format '{{.HostConfig.NetworkMode}}' made; P rm made > /dev/null
            ip route del default
            P run --rm --network pasta box:1 true; echo $?
            P run --rm box:1 cat /etc/resolv.conf | head -n 1
            mount --bind /dev/null /usr/bin/slirp4netns
            default | grep -c eth0
            ip route add default via 192.0.2.1
            mount --bind /dev/null /usr/bin/pasta
            default | grep -c eth0
            P run --rm --network pasta box:1 true; echo $?
            umount /usr/bin/pasta
            chmod 600 tun
            default | grep -c eth0
            """);
    assertEquals(
        "eth0 lo\npasta\n125\nnameserver 10.0.2.3\n0\n0\n125\n0\n", result.out(), result.err());
    for (String said :
        List.of("no default route", "package passt or slirp4netns", "passt is not", "chmod 666")) {
      assertTrue(result.err().contains(said), said + ": " + result.err());
    }
  }

  @Test
  void pastaCarriesIpv6AndPublishesOnItsLoopback() throws Exception {
    assumeInstalled("pasta");
    assumeTrue(Files.exists(Path.of("/proc/sys/net/ipv6")), "this kernel has no IPv6");
    Phyllo.Result result =
        rig.run(
            """
            ipv6
            P run -d --name web --network pasta -p 18080:80 -p '[::1]:18081:80' box:1 httpd -f -p 80 -h /www > /dev/null
            P exec web wget -q -O - 'http://[2001:db8::1]:8000/'
            until_so wget -O - 'http://[::1]:18081/'
            wget -q -O - 'http://[::1]:18081/'
            wget -q -O - 'http://[::1]:18080/'
            out wget -q -O - 'http://[2001:db8::2]:18080/'
            P port web
            P inspect --format '{{.NetworkSettings.GlobalIPv6Address}}' web
            P rm -f web > /dev/null
            P run --rm --network slirp4netns -p '[::1]:18081:80' box:1 true 2>&1 | grep -c 'IPv4 only'
            left
            """);
    assertEquals(
        """
        outer
        inner
        inner
        inner
        80/tcp -> 0.0.0.0:18080
        80/tcp -> [::]:18080
        80/tcp -> [::1]:18081
        2001:db8::2
        1
        """,
        result.out(),
        result.err());
  }
}
