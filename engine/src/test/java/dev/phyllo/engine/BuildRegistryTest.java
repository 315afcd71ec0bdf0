package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.build.BuildProgress;
import dev.phyllo.build.BuildRequest;
import dev.phyllo.build.BuildResult;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What builds bring from a registry and leave in one. None of them needs root. */
@Timeout(120)
class BuildRegistryTest {
  private static LocalRegistry registry;

  @TempDir Path directory;
  private Phyllo mine;
  private Phyllo yours;

  @BeforeAll
  static void startRegistry(@TempDir Path shared) throws Exception {
    registry = new LocalRegistry(shared.resolve("registry"));
  }

  @AfterAll
  static void stopRegistry() throws InterruptedException {
    if (registry != null) {
      registry.close();
    }
  }

  @BeforeEach
  void openStores() {
    mine = Phyllo.open(EngineOptions.at(directory.resolve("mine")));
    yours = Phyllo.open(EngineOptions.at(directory.resolve("yours")));
  }

  private BuildRequest request(String text) throws IOException {
    Path context = Files.createDirectories(directory.resolve("context"));
    Files.writeString(context.resolve("Containerfile"), text);
    Files.writeString(context.resolve("file"), "content");
    return new BuildRequest(context.toString());
  }

  /** Notes how steps end. */
  private static final class Watch implements BuildProgress {
    final List<Outcome> outcomes = Collections.synchronizedList(new ArrayList<>());
    final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void ended(Step step, Outcome outcome, long nanos) {
      if (!step.title().contains("FROM")) {
        outcomes.add(outcome);
      }
    }

    @Override
    public void warning(String text) {
      warnings.add(text);
    }
  }

  @Test
  void aCacheInARegistryServesAnotherStore() throws IOException {
    String text = "FROM scratch\nCOPY file /one\nWORKDIR /work\nCOPY file /two\n";
    String cache = registry.name("cache:1");
    BuildResult first =
        mine.builds().build(request(text).cacheTo("type=registry,ref=" + cache).name("a"));
    Watch watch = new Watch();
    BuildResult second =
        yours
            .builds()
            .build(request(text).cacheFrom("type=registry,ref=" + cache).name("a").progress(watch));
    assertEquals(Collections.nCopies(3, BuildProgress.Outcome.CACHED), watch.outcomes);
    assertEquals(
        mine.image(first.id().toString()).config().diffIds(),
        yours.image(second.id().toString()).config().diffIds());
    assertEquals(1, mine.images().size(), "the cache is nobody's image");
    assertEquals(1, yours.images().size(), "nor there");
    assertTrue(yours.verify("a").stream().allMatch(Verified::isWhole), "all that came is whole");
  }

  @Test
  void aCacheThatIsNotThereIsSaidAndDoneWithout() throws IOException {
    Watch watch = new Watch();
    mine.builds()
        .build(
            request("FROM scratch\nCOPY file /\n")
                .cacheFrom("type=registry,ref=" + registry.name("nothing:1"))
                .progress(watch));
    assertEquals(List.of(BuildProgress.Outcome.DONE), watch.outcomes);
    assertTrue(watch.warnings.getFirst().contains("--cache-from"), watch.warnings.toString());
  }

  @Test
  void anOutputToARegistryIsThereByItsDigest() throws IOException {
    for (String output : List.of("type=registry", "type=image,push=true")) {
      String name = registry.name("pushed/" + output.length() + ":1");
      BuildResult built =
          mine.builds().build(request("FROM scratch\nCOPY file /\n").name(name).output(output));
      Pulled pulled = yours.registries().pull(PullRequest.of(name).withoutUnpacking());
      assertEquals(built.target().digest(), pulled.digest(), output);
      assertEquals(
          built.target().digest(), mine.image(name).target().digest(), "and it has its name");
    }
  }

  @Test
  void aNewerBaseIsLookedForOnlyWhenAskedFor() throws IOException {
    String base = registry.name("base:1");
    publish(base, "FROM scratch\nCOPY <<x /version\none\nx\n");
    Digest first = layerOf(build(base, false));
    publish(base, "FROM scratch\nCOPY <<x /version\ntwo\nx\n");
    assertEquals(first, layerOf(build(base, false)), "the one that is held");
    Digest second = layerOf(build(base, true));
    assertNotEquals(first, second, "the registry's");
    assertEquals(second, layerOf(build(base, false)), "which is held now");
  }

  @Test
  void aBaseThatNoRegistryHasIsRefusedIfANewerOneIsWanted() throws IOException {
    String base = registry.name("own:1");
    mine.builds().build(request("FROM scratch\nCOPY file /\n").name(base));
    BuildRequest request = request("FROM " + base + "\nCOPY file /two\n").pull(true);
    PhylloException e = assertThrows(PhylloException.class, () -> mine.builds().build(request));
    assertTrue(e.getMessage().contains(base), e.getMessage());
    BuildResult held = mine.builds().build(request("FROM " + base + "\nCOPY file /two\n"));
    assertEquals(2, mine.image(held.id().toString()).config().diffIds().size());
  }

  @Test
  void eachPlatformStandsOnItsOwnBase() throws IOException {
    String base = registry.name("many:1");
    List<Platform> platforms =
        List.of(Platform.parse("linux/amd64"), Platform.parse("linux/arm64"));
    BuildRequest bases =
        request("FROM scratch\nARG TARGETARCH\nCOPY <<x /arch\n$TARGETARCH\nx\n")
            .name(base)
            .output("type=registry");
    platforms.forEach(bases::platform);
    mine.builds().build(bases);
    Path out = directory.resolve("out");
    BuildRequest request =
        request("FROM " + base + "\nCOPY file /\n").output("type=local,dest=" + out);
    platforms.forEach(request::platform);
    Watch watch = new Watch();
    yours.builds().build(request.progress(watch));
    assertEquals("amd64\n", Files.readString(out.resolve("linux_amd64/arch")));
    assertEquals("arm64\n", Files.readString(out.resolve("linux_arm64/arch")));
    assertEquals(List.of(), watch.warnings);
    Platform kept = yours.image(base).config().platform();
    assertTrue(
        kept.matches(Platform.host()) || !platforms.contains(Platform.host()),
        "this machine's keeps the name: " + kept);
  }

  private void publish(String name, String text) throws IOException {
    mine.builds().build(request(text).name(name).output("type=registry"));
  }

  private BuildResult build(String base, boolean pull) throws IOException {
    return yours
        .builds()
        .build(request("FROM " + base + "\nCOPY file /\n").name("built").pull(pull));
  }

  /** The layer it stands on. */
  private Digest layerOf(BuildResult result) {
    return yours.image(result.id().toString()).config().diffIds().getFirst();
  }
}
