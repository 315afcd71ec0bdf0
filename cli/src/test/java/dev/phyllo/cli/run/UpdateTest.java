package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits and restart policies that change while a container runs, and docker's longer names. */
class UpdateTest {
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
      box.phyllo.run("rm", "-f", "one");
      box.assertNothingIsLeft();
      for (int i = 0; i < 200 && box.phyllo.supervisor().isPresent(); i++) {
        Thread.sleep(50);
      }
    }
  }

  private String done(String... words) throws Exception {
    Result result = box.phyllo.run(words);
    assertEquals(0, result.status(), result.err());
    return result.out().strip();
  }

  private String refused(String... words) throws Exception {
    Result result = box.phyllo.run(words);
    assertTrue(result.status() != 0, result.out());
    return result.err();
  }

  @Test
  void limitsOfARunningContainerChangeAtOnceAndStayWhenItStartsAgain() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/memory")), "reads limits as version 1 has them");
    String memory = "/sys/fs/cgroup/memory/memory.limit_in_bytes";
    String pids = "/sys/fs/cgroup/pids/pids.max";
    done("run", "-d", "--name", "one", "--memory", "32m", "box:1", "sh", "-c", "sleep 100");
    assertEquals("one", done("update", "--memory", "512m", "--pids-limit", "77", "one"));
    assertEquals("536870912 77", inside(memory) + " " + inside(pids));
    assertEquals("16777216", lowered(memory));
    done("restart", "-t", "0", "one");
    assertEquals("16777216 77", inside(memory) + " " + inside(pids));
    assertEquals("16777216", done("inspect", "-f", "{{.HostConfig.Memory}}", "one"));
  }

  private String lowered(String file) throws Exception {
    done("update", "-m", "16m", "one");
    return inside(file);
  }

  private String inside(String file) throws Exception {
    return done("exec", "one", "sh", "-c", "read value < " + file + "; echo $value");
  }

  @Test
  void aRestartPolicyOfARunningContainerCountsFromNowOn() throws Exception {
    done("run", "-d", "--name", "one", "box:1", "sh", "-c", "sleep 100; exit 3");
    done("update", "--restart", "on-failure:1", "one");
    done("exec", "one", "sh", "-c", "busybox kill $(busybox pidof sleep)");
    String restarts = "";
    for (int i = 0; i < 600 && !restarts.equals("1 running"); i++) {
      Thread.sleep(50);
      restarts = done("inspect", "-f", "{{.RestartCount}} {{.State.Status}}", "one");
    }
    assertEquals("1 running", restarts);
  }

  @Test
  void whatCannotBeTogetherIsRefusedAndNothingChanges() throws Exception {
    done("create", "--name", "one", "--memory", "32m", "box:1", "true");
    String error = refused("update", "--memory-swap", "16m", "one");
    assertTrue(error.contains("--memory-swap 16777216: less than --memory"), error);
    assertTrue(refused("update", "one").contains("nothing to change"));
    assertTrue(refused("update", "--memory", "64m", "nobody").contains("nobody"));
    assertEquals("33554432", done("inspect", "-f", "{{.HostConfig.Memory}}", "one"));
    done("rm", "one");
    done("run", "-d", "--rm", "--name", "one", "box:1", "sh", "-c", "sleep 100");
    assertTrue(refused("update", "--restart", "always", "one").contains("--rm"));
  }

  @Test
  void longerNamesOfCommandsMeanTheShortOnes() throws Exception {
    assertTrue(done("image", "ls", "--format", "{{.Repository}}").contains("box"));
    assertEquals("yes", done("container", "run", "--rm", "box:1", "sh", "-c", "echo yes"));
    done("container", "create", "--name", "one", "box:1", "true");
    assertEquals("one", done("container", "ls", "-a", "--format", "{{.Names}}"));
    assertEquals("/one", done("container", "inspect", "-f", "{{.Name}}", "one"));
    assertTrue(refused("image", "inspect", "one").contains("no such image"));
    assertTrue(refused("container", "lss").contains("did you mean phyllo container ls?"));
    done("volume", "create", "kept");
    assertEquals("kept", done("inspect", "-f", "{{.Name}}", "kept"));
    assertTrue(done("container", "prune", "-f").startsWith("Deleted Containers:"));
    assertEquals("", done("container", "ls", "-aq"));
    assertEquals("kept", done("volume", "ls", "-q"));
  }
}
