package dev.phyllo.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Reference;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other tools work on the content directory in place. */
class LayoutInteropTest {
  private static final String NAME = "docker.io/library/x:latest";

  @TempDir Path root;
  private TestStore store;
  private String layout = "";

  @BeforeEach
  void anImageAndAHalfWrittenBlob() throws IOException {
    store = new TestStore(root);
    store.add("x", "one");
    layout = store.dirs.content().toString();
    Files.writeString(store.dirs.ingest().resolve("sha256-half"), "half");
  }

  @Test
  void skopeoInspectsAnImageInPlace() throws Exception {
    requireTool("skopeo");
    String out = run("skopeo", "inspect", "oci:" + layout + ":" + NAME);
    Descriptor target = store.images.find(Reference.parse("x")).orElseThrow().target();
    assertTrue(out.contains(target.digest().toString()), out);
  }

  @Test
  void skopeoCopiesAnImageOutAndAnotherOneIn() throws Exception {
    requireTool("skopeo");
    run("skopeo", "copy", "oci:" + layout + ":" + NAME, "dir:" + root.resolve("copied"));
    run("skopeo", "copy", "dir:" + root.resolve("copied"), "oci:" + layout + ":busybox:1.36");
    store = new TestStore(root);
    assertEquals(List.of("docker.io/library/busybox:1.36", NAME), store.names());
    store.verifyEverythingListed();
    // Our next change keeps what skopeo wrote, and skopeo reads what we wrote after it.
    store.add("z", "two");
    assertEquals(
        List.of("docker.io/library/busybox:1.36", NAME, "docker.io/library/z:latest"),
        store.names());
    run("skopeo", "inspect", "oci:" + layout + ":busybox:1.36");
    run("skopeo", "inspect", "oci:" + layout + ":docker.io/library/z:latest");
    assertTrue(store.images.remove("busybox:1.36"));
    assertEquals(List.of(NAME, "docker.io/library/z:latest"), store.names());
  }

  @Test
  void umociListsAndExaminesAnImageInPlace() throws Exception {
    requireTool("umoci");
    assertEquals(NAME, run("umoci", "ls", "--layout", layout).strip());
    String stat = run("umoci", "stat", "--image", layout + ":" + NAME);
    assertTrue(stat.contains("LAYER") || stat.contains("sha256"), stat);
  }

  @Test
  void umociTagsAnImageAndItsGarbageCollectionKeepsOurs() throws Exception {
    requireTool("umoci");
    run("umoci", "tag", "--image", layout + ":" + NAME, "copy");
    assertEquals(List.of("docker.io/library/copy:latest", NAME), store.names());
    run("umoci", "gc", "--layout", layout);
    store.verifyEverythingListed();
    assertEquals(3, store.content.list().size());
    store.add("y", "two");
    assertEquals(3, store.names().size());
  }

  private static void requireTool(String tool) {
    boolean found = false;
    for (String dir : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      found |= Files.isExecutable(Path.of(dir, tool));
    }
    assumeTrue(found, tool + " is not installed");
  }

  private static String run(String... command) throws Exception {
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), () -> String.join(" ", command) + ": " + out);
    return out;
  }
}
