package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.build.BuildRequest;
import dev.phyllo.build.BuildResult;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.transports.registry.RegistryStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulls of what is here already, and pushes of what is there. */
@Timeout(120)
class HeldTest {
  @TempDir Path directory;
  private LocalRegistry registry;
  private Phyllo maker;
  private Phyllo engine;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void start() throws Exception {
    registry = new LocalRegistry(directory.resolve("registry"));
    maker = Phyllo.open(EngineOptions.at(directory.resolve("maker")));
    StepListener steps =
        new StepListener() {
          @Override
          public boolean isListening() {
            return true;
          }

          @Override
          public void done(Step step) {
            if (step instanceof RegistryStep request) {
              String path = request.subject().substring(request.subject().indexOf("/v2/"));
              asked.add(request.verb() + " " + path);
            }
          }
        };
    engine = Phyllo.open(EngineOptions.at(directory.resolve("store")).withSteps(steps));
    publish("one");
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (registry != null) {
      registry.close();
    }
  }

  private BuildResult publish(String text) throws IOException {
    Path context = Files.createDirectories(directory.resolve("context"));
    Files.writeString(context.resolve("Containerfile"), "FROM scratch\nCOPY f /\nWORKDIR /w\n");
    Files.writeString(context.resolve("f"), text);
    return maker
        .builds()
        .build(
            new BuildRequest(context.toString())
                .name(registry.name("app:1"))
                .output("type=registry"));
  }

  private Pulled pull() {
    asked.clear();
    return engine.registries().pull(PullRequest.of(registry.name("app:1")).withoutUnpacking());
  }

  @Test
  void aPullOfWhatIsHereAsksForTheDigestAlone() {
    Pulled first = pull();
    assertTrue(first.isNew());
    Pulled second = pull();
    assertEquals(List.of("GET /v2/", "HEAD /v2/app/manifests/1"), asked);
    assertFalse(second.isNew());
    assertEquals(first.digest(), second.digest());
    assertEquals(first.target().digest(), second.target().digest());
    assertEquals(first.layers(), second.layers());
  }

  @Test
  void whatIsMissingIsBroughtAndATagThatMovedIsFollowed() throws IOException {
    pull();
    ImageDetails image = engine.image(registry.name("app:1"));
    engine.content().delete(image.manifest().layers().getFirst().digest());
    assertFalse(pull().isNew());
    assertTrue(engine.content().has(image.manifest().layers().getFirst().digest()));
    BuildResult moved = publish("two");
    Pulled now = pull();
    assertTrue(now.isNew());
    assertEquals(moved.target().digest(), now.digest());
  }

  @Test
  void whatWasKeptPackedIsUnpackedWhenThatIsWanted() {
    assumeTrue(Phyllo.canRun() && "root".equals(System.getProperty("user.name")), "needs root");
    pull();
    engine.registries().pull(PullRequest.of(registry.name("app:1")));
    assertFalse(engine.layers(registry.name("app:1")).isEmpty());
    String last = engine.image(registry.name("app:1")).chainIds().getLast().toString();
    assertEquals(last, engine.snapshots().find(last).key());
  }

  @Test
  void aPlatformThatTheImageIsNotForIsRefusedAsBefore() {
    pull();
    Platform other = Platform.parse("linux/s390x");
    PullRequest request =
        PullRequest.of(registry.name("app:1")).withoutUnpacking().withPlatform(other);
    assertTrue(
        assertThrows(UnsupportedException.class, () -> engine.registries().pull(request))
            .getMessage()
            .contains("s390x"));
  }

  @Test
  void aPushToAnotherRepositoryAsksForEachBlobOnce() {
    pull();
    asked.clear();
    var pushed =
        engine
            .registries()
            .push(PushRequest.of(registry.name("app:1")).withDestination(registry.name("two:1")));
    assertEquals(0, pushed.sent());
    assertEquals(3, pushed.present());
    assertEquals(3, asked.stream().filter(a -> a.equals("POST /v2/two/blobs/uploads/")).count());
    assertEquals(5, asked.size(), asked.toString());
  }

  @Test
  void severalTagsOfARepositoryAreAskedForOnce() {
    pull();
    for (int i = 2; i < 5; i++) {
      engine.tag(registry.name("app:1"), registry.name("app:" + i));
    }
    asked.clear();
    engine
        .registries()
        .push(PushRequest.of(registry.name("app:1")).withDestination(registry.name("app:9")));
    // They are all in the repository that it goes to.
    assertEquals(3, asked.stream().filter(a -> a.startsWith("HEAD /v2/app/blobs/")).count());
    assertEquals(0, asked.stream().filter(a -> a.startsWith("POST")).count(), asked.toString());
  }
}
