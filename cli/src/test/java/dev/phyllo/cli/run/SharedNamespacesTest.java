package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers that share namespaces with the host or with one another. */
class SharedNamespacesTest {
  @TempDir Path dir;
  private Box box;

  @BeforeEach
  void start() throws Exception {
    box = Box.make(dir);
    box.phyllo.properties("-Ddev.phyllo.idleMillis=1000");
  }

  @AfterEach
  void end() throws Exception {
    if (box != null) {
      box.phyllo.run("rm", "-f", "peer");
      box.assertNothingIsLeft();
    }
  }

  private void peer(String... options) throws Exception {
    String[] words = new String[options.length + 8];
    System.arraycopy(options, 0, words, 4, options.length);
    System.arraycopy(new String[] {"run", "-d", "--name", "peer"}, 0, words, 0, 4);
    String script = "echo theirs > /dev/shm/file; while :; do sleep 1; done";
    System.arraycopy(new String[] {"box:1", "sh", "-c", script}, 0, words, 4 + options.length, 4);
    Result result = box.phyllo.run(words);
    assertEquals(0, result.status(), result.err());
    for (int i = 0; i < 200; i++) {
      if (box.phyllo.run("exec", "peer", "sh", "-c", "read x < /dev/shm/file").status() == 0) {
        return;
      }
      Thread.sleep(50);
    }
  }

  private static String ofHost(String kind) throws Exception {
    return Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString();
  }

  private String inside(String kind, String... options) throws Exception {
    return box.output("busybox readlink /proc/self/ns/" + kind, options).strip();
  }

  @Test
  void theHostsNamespacesAreSharedWhereTheWordHostSaysSo() throws Exception {
    assertEquals(ofHost("pid"), inside("pid", "--pid", "host"));
    assertEquals(ofHost("ipc"), inside("ipc", "--ipc", "host"));
    assertEquals(ofHost("uts"), inside("uts", "--uts", "host"));
    assertEquals(ofHost("cgroup"), inside("cgroup", "--cgroupns", "host"));
    for (String kind : new String[] {"pid", "ipc", "uts", "cgroup", "mnt"}) {
      assertNotEquals(ofHost(kind), inside(kind));
    }
    String name = Files.readString(Path.of("/proc/sys/kernel/hostname"));
    assertEquals(name + name, box.output("busybox hostname; echo $HOSTNAME", "--uts", "host"));
    Result both = box.run("true", "--uts", "host", "--hostname", "other");
    assertTrue(both.err().contains("--uts host"), both.err());
  }

  @Test
  void whatAContainerAmongTheHostsProcessesLeavesIsKilledWithIt() throws Exception {
    String pid = box.output("busybox sleep 1000 & echo $!", "--pid", "host").strip();
    for (int i = 0; i < 100 && Files.exists(Path.of("/proc", pid)); i++) {
      Thread.sleep(50);
    }
    Path command = Path.of("/proc", pid, "cmdline");
    assertTrue(
        !Files.exists(command) || !Files.readString(command).contains("1000"), "it is still there");
  }

  @Test
  void anotherContainersProcessesAndSharedMemoryAreSharedByItsName() throws Exception {
    peer();
    String first = box.output("read x < /proc/1/cmdline; echo $x", "--pid", "container:peer");
    assertTrue(first.contains("theirs"), first);
    String script = "read x < /dev/shm/file; echo $x; echo ours > /dev/shm/other";
    assertEquals("theirs\n", box.output(script, "--ipc", "container:peer"));
    Result theirs = box.phyllo.run("exec", "peer", "sh", "-c", "read x < /dev/shm/other; echo $x");
    assertEquals("ours\n", theirs.out(), theirs.err());
    assertEquals("", box.output("read x 2>/dev/null < /dev/shm/file; echo -n $x"));
    // And beside its caller, which knows the process that is born there.
    Result beside =
        box.phyllo.run(
            "run",
            "-d",
            "--name",
            "beside",
            "--pid",
            "container:peer",
            "box:1",
            "sh",
            "-c",
            "busybox sleep 1000");
    assertEquals(0, beside.status(), beside.err());
    Result pid = box.phyllo.run("exec", "beside", "sh", "-c", "busybox readlink /proc/self/ns/pid");
    Result peer = box.phyllo.run("exec", "peer", "sh", "-c", "busybox readlink /proc/self/ns/pid");
    assertEquals(peer.out(), pid.out(), pid.err());
    assertTrue(box.phyllo.run("top", "beside").out().contains("sleep 1000"));
    assertTrue(box.phyllo.run("ps").out().contains("beside"));
    assertEquals(0, box.phyllo.run("kill", "beside").status());
    Result code = box.phyllo.run("inspect", "-f", "{{.State.ExitCode}}", "beside");
    assertEquals("137", code.out().strip(), code.err());
    box.phyllo.run("rm", "-f", "beside");
    Result nobody = box.run("true", "--pid", "container:nobody");
    assertTrue(nobody.err().contains("nobody: no such container"), nobody.err());
    box.phyllo.run("stop", "-t", "0", "peer");
    Result ended = box.run("true", "--ipc", "container:peer");
    assertTrue(ended.err().contains("does not run"), ended.err());
  }

  @Test
  void moreProcessesCanBeStartedInAContainerAmongTheHosts() throws Exception {
    peer("--pid", "host", "--uts", "host", "--ipc", "host");
    Result pid = box.phyllo.run("exec", "peer", "sh", "-c", "busybox readlink /proc/self/ns/pid");
    assertEquals(ofHost("pid"), pid.out().strip(), pid.err());
    box.phyllo.run("exec", "peer", "busybox", "rm", "/dev/shm/file");
  }

  @Test
  void kernelParametersOfItsOwnAreSetAndOthersRefused() throws Exception {
    String files = "/proc/sys/net/core/somaxconn /proc/sys/kernel/shmmax";
    assertEquals(
        "77\n1000000\n",
        box.output(
            "busybox cat " + files,
            "--sysctl",
            "net.core.somaxconn=77",
            "--sysctl",
            "kernel.shmmax=1000000"));
    for (String name :
        new String[] {"kernel.panic", "kernel.hostname", "vm.swappiness", "net/../x"}) {
      Result refused = box.run("true", "--sysctl", name + "=1");
      assertEquals(2, refused.status(), refused.err());
      assertTrue(refused.err().contains("--sysctl " + name), refused.err());
    }
    Result host = box.run("true", "--network", "host", "--sysctl", "net.core.somaxconn=77");
    assertTrue(host.err().contains("leave --network host out"), host.err());
    Result missing = box.run("true", "--sysctl", "net.core.nothing=1");
    assertTrue(missing.err().contains("--sysctl net.core.nothing"), missing.err());
  }
}
