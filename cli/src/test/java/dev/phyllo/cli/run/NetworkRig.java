package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A machine of its own for tests of networks, as far as namespaces make one: its network namespace
 * has the address 192.0.2.2 and a default route to 192.0.2.1, another namespace beyond a veth,
 * where a web server listens on port 8000. Its processes are in a pid namespace, so nothing of a
 * test outlives it.
 *
 * <p>Scripts of sh(1) run there as root: {@code R} is the command, {@code P} is it as an ordinary
 * user, who has no account and no subordinate ids, {@code out WORD...} runs something beyond the
 * veth, and {@code until_so WORD...} waits until a command succeeds, {@code left} prints what is
 * left of containers and their networks, and {@code helpers NAME} how many programs of that name
 * are among it.
 */
final class NetworkRig {
  /** No account has it, which nothing here needs. */
  static final int USER = 54_321;

  private static final int PATIENCE_SECONDS = 120;

  private final Path dir;
  private final List<String> parts = new ArrayList<>();

  /**
   * A rig below a directory that it opens to other users.
   *
   * @throws org.opentest4j.TestAbortedException if this machine lacks something
   */
  NetworkRig(Path dir) throws Exception {
    this.dir = dir;
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    for (String tool : List.of("/usr/bin/setpriv", "/usr/bin/unshare", "/usr/bin/nsenter")) {
      assumeTrue(Files.isExecutable(Path.of(tool)), "needs util-linux' " + tool);
    }
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/ip")) || Files.isExecutable(Path.of("/sbin/ip")),
        "needs iproute2's ip");
    open(dir);
    copyClassPath();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String main =
        java
            + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
            + " --enable-native-access=ALL-UNNAMED -Ddev.phyllo.idleMillis=2000"
            + " ${PHYLLO_JAVA:+\"$PHYLLO_JAVA\"} -cp '"
            + String.join(":", parts)
            + "' dev.phyllo.cli.Main --root ";
    program(
        "P",
        "exec setpriv --reuid %1$d --regid %1$d --clear-groups env -i PATH=\"$PATH\""
                .formatted(USER)
            + " HOME=%1$s/home %2$s %1$s/home/root \"$@\"".formatted(dir, main));
    program("R", "exec " + main + dir + "/root \"$@\"");
    program(
        "names",
        "exec "
            + java
            + " -cp '"
            + String.join(":", parts)
            + "' dev.phyllo.cli.run.NameServer \"$@\"");
    program("out", "exec nsenter -t $OUT -n \"$@\"");
    program(
        "until_so",
        "i=0; while [ $i -lt 300 ]; do \"$@\" > /dev/null 2>&1 && exit 0; sleep 0.1; i=$((i + 1));"
            + " done; echo \"never so: $*\"; exit 1");
    program(
        "left",
        """
        for p in /proc/[0-9]*; do
          tr '\\0' ' ' 2> /dev/null < $p/cmdline | grep -e '^[^ ]*pasta ' -e '^[^ ]*slirp4netns '
        done 2> /dev/null
        find home/root/networks/members -type f 2> /dev/null
        ls home/root/ns/default/containers
        grep netns /proc/self/mountinfo\
        """);
    program(
        "ipv6",
        """
        ip -6 addr add 2001:db8::2/64 dev up0 nodad
        out ip -6 addr add 2001:db8::1/64 dev out0 nodad
        ip -6 route add default via 2001:db8::1
        out busybox httpd -p '[2001:db8::1]:8000' -h www\
        """);
    program("helpers", "left | grep -c \"$1 .*/netns \"");
    Path home = Files.createDirectory(dir.resolve("home"));
    Files.setAttribute(home, "unix:uid", USER);
    Path www = Files.createDirectory(dir.resolve("www"));
    Files.writeString(www.resolve("index.html"), "outer\n");
    Phyllo.Result java25 = run("P version; [ -w /dev/net/tun ] && echo tun");
    assumeTrue(java25.status() == 0, "other users cannot read the JDK: " + java25.err());
    assumeTrue(java25.out().contains("tun"), "this kernel has no /dev/net/tun");
  }

  /** The class path of {@link NameServer} where its directory is mounted elsewhere. */
  List<String> classPathAt(String place) {
    List<String> there = new ArrayList<>();
    for (String part : parts) {
      there.add(place + "/" + Path.of(part).getFileName());
    }
    return there;
  }

  private static void open(Path directory) throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void program(String name, String script) throws Exception {
    Path file = dir.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    open(file);
  }

  /** Where the sources lie may be closed to other users. */
  private void copyClassPath() throws Exception {
    Path lib = Files.createDirectory(dir.resolve("lib"));
    open(lib);
    int number = 0;
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path from = Path.of(entry);
      String name = String.valueOf(from.getFileName());
      boolean ours = Files.isDirectory(from) || name.startsWith("phyllo");
      boolean needed = ours || Stream.of("gson", "commons-cli", "zstd").anyMatch(name::contains);
      if (entry.isEmpty() || !needed || !Files.exists(from)) {
        continue;
      }
      Path to = lib.resolve(number++ + "-" + name);
      Process copy =
          new ProcessBuilder("cp", "-r", from.toString(), to.toString()).inheritIO().start();
      if (copy.waitFor() != 0) {
        throw new AssertionError("cp " + from);
      }
      parts.add(to.toString());
    }
    Process readable =
        new ProcessBuilder("chmod", "-R", "a+rX", lib.toString()).inheritIO().start();
    if (readable.waitFor() != 0) {
      throw new AssertionError("chmod " + lib);
    }
  }

  /** Runs a script to its end. */
  Phyllo.Result run(String script) throws Exception {
    String prelude =
        """
        export PATH="$PATH:/usr/sbin:/sbin:%1$s"
        cd %1$s
        ip link set lo up
        mknod tun c 10 200 2> /dev/null; chmod 666 tun; mount --bind tun /dev/net/tun
        echo "nameserver 192.0.2.1" > resolv.conf; mount --bind resolv.conf /etc/resolv.conf
        unshare -n sleep 1000 & export OUT=$!
        until_so sh -c '! [ "$(readlink /proc/$OUT/ns/net)" = "$(readlink /proc/self/ns/net)" ]'
        ip link add up0 type veth peer name out0
        ip link set out0 netns $OUT
        ip addr add 192.0.2.2/24 dev up0
        ip link set up0 up
        out ip link set lo up
        out ip addr add 192.0.2.1/24 dev out0
        out ip link set out0 up
        ip route add default via 192.0.2.1
        out busybox httpd -p 192.0.2.1:8000 -h %1$s/www
        """
            .formatted(dir);
    Path out = Files.createTempFile(dir, "out", "");
    Path err = Files.createTempFile(dir, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--propagation",
            "private",
            "sh",
            "-c",
            prelude + script);
    builder.environment().remove("PHYLLO_NETWORK");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(
          "no end after %d s: %s %s"
              .formatted(PATIENCE_SECONDS, Files.readString(out), Files.readString(err)));
    }
    return new Phyllo.Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
