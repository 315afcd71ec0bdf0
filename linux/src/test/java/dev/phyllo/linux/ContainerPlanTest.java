package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.oci.StepListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole container: namespaces, an overlay root, its mounts, its identity. */
class ContainerPlanTest {
  private static final long NAMESPACES =
      CloneFlags.NEWNS
          | CloneFlags.NEWPID
          | CloneFlags.NEWUTS
          | CloneFlags.NEWIPC
          | CloneFlags.NEWNET
          | CloneFlags.NEWCGROUP;

  private static final int SAFE =
      MountFlags.ATTR_NOSUID | MountFlags.ATTR_NODEV | MountFlags.ATTR_NOEXEC;

  @TempDir Path temp;

  @BeforeEach
  void makeLayers() throws IOException {
    Kernels.needRoot();
    assumeTrue(Mounts.hasNewApi(), "no new mount API");
    assumeTrue(Files.isSymbolicLink(Path.of("/bin")), "needs a merged /usr to borrow a shell from");
    for (String name : List.of("l/proc", "l/sys", "l/dev", "l/usr", "l/escape", "u", "w", "data")) {
      Files.createDirectories(temp.resolve(name));
    }
    for (String name : List.of("bin", "lib", "lib64", "sbin")) {
      Files.createSymbolicLink(temp.resolve("l").resolve(name), Path.of("usr", name));
    }
    Files.writeString(temp.resolve("data/file"), "of the host");
  }

  @AfterEach
  void leaveNoMounts() throws IOException {
    Kernels.assertNoMounts(temp);
  }

  private Fd root() {
    return Mounts.overlay(
        List.of(bytes(temp.resolve("l"))),
        bytes(temp.resolve("u")),
        bytes(temp.resolve("w")),
        List.of(),
        false);
  }

  /** Runs a script as the container's first process, and returns what it prints. */
  private String run(String script) {
    Fd[] pipe = FileData.pipe(0);
    try (Fd root = root();
        Fd reader = pipe[0];
        Child child = Launcher.launch(plan(root, pipe[1], script).build(), StepListener.NONE)) {
      pipe[1].close();
      String output = Kernels.readAll(reader);
      assertEquals(0, child.waitFor().exitCode(), output);
      return output;
    } finally {
      pipe[1].close();
    }
  }

  private Plan.Builder plan(Fd mount, Fd output, String script) {
    Plan.Builder plan = Plan.builder().namespaces(NAMESPACES);
    ProcessRecipes.defaultSignals(plan);
    plan.umask(0);
    SmallRoot root = SmallRoot.attach(plan, mount, bytes(temp.resolve("l")));
    root.bind(bytes("/usr"), "usr", MountFlags.ATTR_RDONLY);
    root.mountNew("proc", "proc", SAFE);
    root.mountNew("sysfs", "sys", SAFE | MountFlags.ATTR_RDONLY);
    root.mountNew("tmpfs", "dev", MountFlags.ATTR_NOSUID, "mode=755", "size=64k");
    root.directory("data", 0700);
    root.bind(bytes(temp.resolve("data")), "data", MountFlags.ATTR_RDONLY);
    root.enter();
    plan.sethostname("leaf");
    plan.setsid();
    ProcessRecipes.loopbackUp(plan);
    plan.dup3(Arg.of(output), 1);
    ProcessRecipes.identity(plan, 0, 0, List.of(5, 7), Capabilities.DOCKER_DEFAULT, true, null);
    ProcessRecipes.closeOthers(plan);
    List<byte[]> arguments = List.of(bytes("sh"), bytes("-c"), bytes(script));
    ProcessRecipes.exec(plan, "sh", null, arguments, List.of(bytes("PATH=/usr/bin:/usr/sbin")));
    return plan;
  }

  private static final String LOOK =
      "echo host $(hostname) pid $$;"
          + "echo groups $(id -G);"
          + "cat /data/file; echo;"
          + "touch /data/x 2>/dev/null || echo data read-only;"
          + "touch /usr/x 2>/dev/null || echo usr read-only;"
          + "test -w /sys/kernel || echo sys read-only;"
          + "touch /made && echo made;"
          + "grep -E 'CapEff|NoNewPrivs' /proc/self/status;"
          + "ls /proc/self/fd | wc -l;"
          + "cut -d' ' -f5 /proc/self/mountinfo | sort | tr '\\n' ' '";

  @Test
  void aContainerSeesItsRootAndNothingOfTheHost() {
    List<String> seen = run(LOOK).lines().toList();
    assertEquals("host leaf pid 1", seen.get(0));
    assertEquals("groups 0 5 7", seen.get(1));
    assertEquals("of the host", seen.get(2));
    assertEquals("data read-only", seen.get(3));
    assertEquals("usr read-only", seen.get(4));
    assertEquals("sys read-only", seen.get(5));
    assertEquals("made", seen.get(6));
    assertEquals("CapEff:\t00000000a80425fb", seen.get(7));
    assertEquals("NoNewPrivs:\t1", seen.get(8));
    assertEquals("4", seen.get(9)); // 0, 1, 2 and the directory that ls reads
    assertTrue(seen.get(10).startsWith("/ /data /dev /proc /sys /usr"), seen.get(10));
    assertFalse(seen.get(10).contains(temp.toString()), seen.get(10));
    assertTrue(Files.exists(temp.resolve("u/made")));
    assertFalse(Files.exists(temp.resolve("data/x")));
  }

  @Test
  void theLoopbackInterfaceIsUp() {
    String flags = run("cat /sys/class/net/lo/flags");
    assertEquals("0x9", flags.strip()); // IFF_UP, IFF_LOOPBACK
  }

  @Test
  void aLinkInTheImageDoesNotLeadAMountOut() throws IOException {
    // /dev of the image is a link to a directory of the host; inside, it leads to /usr of the
    // image.
    Files.delete(temp.resolve("l/dev"));
    Files.createSymbolicLink(temp.resolve("l/dev"), Path.of("/../../../../../../escape"));
    String mounts = run("cut -d' ' -f5 /proc/self/mountinfo");
    assertTrue(mounts.lines().anyMatch("/escape"::equals), mounts);
  }

  @Test
  void aFailedLaunchLeavesNoProcessNoMountAndNoDescriptor() throws IOException {
    try (Fd root = root()) {
      long descriptors = descriptors();
      Plan.Builder failing = Plan.builder().namespaces(NAMESPACES);
      SmallRoot.attach(failing, root, bytes(temp.resolve("l"))).enter();
      failing.step("the working directory", Sys.CHDIR, Arg.of("/not/there"));
      Launch launch = Launcher.tryLaunch(failing.build(), StepListener.NONE);
      assertTrue(launch instanceof Launch.Failed f && f.note().equals("the working directory"));
      assertEquals(descriptors, descriptors());
      Kernels.assertNoMounts(temp);
    }
  }

  private static long descriptors() {
    try (Fd directory = FileCalls.open("/proc/self/fd", Open.RDONLY | Open.DIRECTORY)) {
      return FileCalls.list(directory).size();
    }
  }
}
