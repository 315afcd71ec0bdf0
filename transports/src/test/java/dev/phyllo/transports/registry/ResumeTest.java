package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.transports.FetchOptions;
import dev.phyllo.transports.ImageFetch;
import dev.phyllo.transports.registry.FaultProxy.Pass;
import dev.phyllo.transports.registry.FaultProxy.Seen;
import dev.phyllo.transports.registry.FaultProxy.Stall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Pulls that end before their time, and pulls that are large. */
class ResumeTest extends RegistryTestBase {

  @Test
  void aKilledPullGoesOnFromTheBytesThatAreThere() throws Exception {
    TestImage image = image(11, 30_000, 900_000);
    push(image, "killed", "1");
    Descriptor big = image.parsed().layers().get(1);
    Path root = directory.resolve("killed");
    NamespaceDirs dirs = NamespaceDirs.open(root, "default");
    Path partial = dirs.ingest().resolve("sha256-" + big.digest().hex());
    try (FaultProxy proxy =
        new FaultProxy(
            registry.port(),
            s -> s.path().endsWith(big.digest().toString()) ? new Stall(500_000) : new Pass())) {
      String name = proxy.host() + "/killed:1";
      Process process = ResumeProcess.start(List.of(), root, name);
      for (int i = 0; i < 300 && process.isAlive(); i++) {
        if (Files.exists(partial) && Files.size(partial) == 500_000) {
          break;
        }
        Thread.sleep(50);
      }
      process.destroyForcibly();
      assertTrue(process.waitFor(10, TimeUnit.SECONDS));
      assertEquals(500_000, Files.size(partial));
      ContentStore store = store(dirs);
      assertEquals(List.of(), store.list(), "nothing is visible before everything is there");

      proxy.script(FaultProxy.PASS);
      proxy.forget();
      process = ResumeProcess.start(List.of(), root, name);
      assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
      image.blobs().keySet().forEach(store::verify);
      List<String> ranges =
          proxy.seen().stream()
              .filter(Seen::isBlob)
              .filter(s -> !s.path().endsWith(image.parsed().config().digest().toString()))
              .map(s -> s.path().endsWith(big.digest().toString()) + " " + s.header("range"))
              .toList();
      assertEquals(List.of("true bytes=500000-"), ranges);
    }
  }

  @Test
  void aFullDiskFailsWithAReasonAndGoesOnWhenThereIsRoom() throws Exception {
    Path mount = directory.resolve("small");
    Files.createDirectories(mount);
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=2m", "phyllo-test", mount.toString()),
        "needs root to mount a small tmpfs");
    try {
      TestImage image = image(12, 1_000_000, 3_000_000);
      push(image, "full", "1");
      NamespaceDirs dirs = NamespaceDirs.open(mount, "default");
      ContentStore store = store(dirs);
      SystemException e = assertThrows(SystemException.class, () -> fetch(store, "full"));
      assertTrue(e.getMessage().contains("No space left"), e.getMessage());
      assertFalse(store.has(image.descriptor().digest()) && !isWhole(store, image));
      assertTrue(run("mount", "-o", "remount,size=16m", mount.toString()));
      fetch(store, "full");
      image.blobs().keySet().forEach(store::verify);
    } finally {
      run("umount", "-l", mount.toString());
    }
  }

  private static boolean isWhole(ContentStore store, TestImage image) {
    return image.blobs().keySet().stream().allMatch(store::has);
  }

  private void fetch(ContentStore store, String name) {
    try (RegistryClient client = RegistryClient.open(OPTIONS);
        ImageFetch fetch =
            ImageFetch.begin(
                new RegistrySource(client, reference(registry.host(), name + ":1")),
                store,
                FetchOptions.DEFAULT,
                StepListener.NONE)) {
      fetch.finish();
    }
  }

  @Test
  void aLayerThatIsLargerThanTheHeapIsFetchedAllTheSame() throws Exception {
    TestImage image = image(13, 40_000_000);
    push(image, "large", "1");
    Path root = directory.resolve("large");
    // 2 GiB in 200 MiB is ten to one; a JVM itself needs some, so here it is four to one.
    Process process = ResumeProcess.start(List.of("-Xmx10m"), root, registry.host() + "/large:1");
    assertTrue(process.waitFor(40, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue());
    ContentStore store = store(NamespaceDirs.open(root, "default"));
    image.blobs().keySet().forEach(store::verify);
  }

  @Test
  void twoPullsOfOneImageBringEachBlobOnce() throws Exception {
    TestImage image = image(14, 300_000, 400_000, 500_000);
    push(image, "twice", "1");
    Path root = directory.resolve("twice");
    try (FaultProxy proxy =
        new FaultProxy(registry.port(), s -> s.isBlob() ? new FaultProxy.Delay(300) : new Pass())) {
      Process one = ResumeProcess.start(List.of(), root, proxy.host() + "/twice:1");
      Process two = ResumeProcess.start(List.of(), root, proxy.host() + "/twice:1");
      assertTrue(one.waitFor(40, TimeUnit.SECONDS) && two.waitFor(40, TimeUnit.SECONDS));
      assertEquals(0, one.exitValue() + two.exitValue());
      for (Descriptor layer : image.parsed().layers()) {
        long count =
            proxy.seen().stream().filter(s -> s.path().endsWith(layer.digest().toString())).count();
        assertEquals(1, count, layer.toString());
      }
    }
  }

  private static boolean run(String... command) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (java.io.IOException _) {
      return false;
    }
  }
}
