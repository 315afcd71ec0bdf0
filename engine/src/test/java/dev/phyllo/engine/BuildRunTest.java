package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.build.BuildProgress;
import dev.phyllo.build.BuildRequest;
import dev.phyllo.build.BuildResult;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RUN, and what becomes of what it makes. */
class BuildRunTest {
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  @TempDir Path directory;
  private Phyllo engine;

  @BeforeEach
  void makeTheBase() throws IOException {
    assumeTrue(Linux.isSupported(), "not on Linux");
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.isExecutable(BUSYBOX), "needs /bin/busybox");
    engine = engine("store");
  }

  private Phyllo engine(String store) throws IOException {
    Phyllo opened = Phyllo.open(EngineOptions.at(directory.resolve(store)));
    Path context = Files.createDirectories(directory.resolve("base"));
    Files.copy(
        BUSYBOX, context.resolve("busybox"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Path file =
        Files.writeString(
            context.resolve("Containerfile"),
            """
            FROM scratch
            COPY --chmod=755 busybox /bin/busybox
            RUN ["/bin/busybox", "--install", "-s", "/bin"]
            """);
    opened
        .builds()
        .build(
            new BuildRequest(context.toString())
                .file(file.toString())
                .argument("SOURCE_DATE_EPOCH", "1700000000")
                .name("base"));
    return opened;
  }

  private BuildRequest request(String name, String text) throws IOException {
    Path context = Files.createDirectories(directory.resolve("context-" + name));
    Files.writeString(context.resolve("Containerfile"), text);
    return new BuildRequest(context.toString()).name(name);
  }

  @Test
  void aNewCacheBeginsWithWhatItComesFromAndKeepsWhatIsAdded() throws Exception {
    String text =
        """
        FROM base AS seed
        RUN mkdir -p /given/sub && echo one > /given/sub/file
        FROM base
        ARG WHO
        RUN --mount=type=cache,id=seeded,target=/cache,from=seed,source=/given cat /cache/sub/file > /seen; echo $WHO >> /cache/sub/file; cat /cache/sub/file
        """;
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    BuildProgress listening =
        new BuildProgress() {
          @Override
          public void output(Step step, boolean error, String line) {
            seen.add(line);
          }
        };
    engine.builds().build(request("first", text).argument("WHO", "two").progress(listening));
    engine.builds().build(request("second", text).argument("WHO", "three").progress(listening));
    assertEquals(List.of("one", "two", "one", "two", "three"), seen);
  }

  @Test
  void whoWantsALockedCacheWaitsForIt() throws Exception {
    String text =
        """
        FROM base
        ARG WHO
        RUN --mount=type=cache,target=/cache,sharing=locked n=$(cat /cache/n 2>/dev/null || echo 0); sleep 0.4; echo $((n + 1)) > /cache/n; cp /cache/n /n
        """;
    List<Callable<BuildResult>> builds = new ArrayList<>();
    for (String who : List.of("a", "b", "c")) {
      BuildRequest request = request(who, text).argument("WHO", who);
      builds.add(() -> engine.builds().build(request));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (Future<BuildResult> done : threads.invokeAll(builds)) {
        done.get();
      }
    }
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    engine
        .builds()
        .build(
            request("sum", text.replace("cp /cache/n /n", "cat /cache/n"))
                .progress(
                    new BuildProgress() {
                      @Override
                      public void output(Step step, boolean error, String line) {
                        seen.add(line);
                      }
                    }));
    assertEquals(List.of("4"), seen, "each of the three counted once");
  }

  @Test
  void commandsKnowTheHostsThatAreAdded() throws IOException {
    String text = "FROM base\nRUN cat /etc/hosts > /hosts; grep -w friend /etc/hosts\n";
    assertThrows(PhylloException.class, () -> engine.builds().build(request("lonely", text)));
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    for (String address : List.of("10.1.2.3", "10.1.2.4")) {
      engine.builds().build(request("hosts", text).host("friend:" + address).progress(lines(seen)));
    }
    assertEquals(2, seen.size(), "another address is another step");
    assertTrue(seen.get(0).startsWith("10.1.2.3"), seen.toString());
    assertTrue(seen.get(1).startsWith("10.1.2.4"), seen.toString());
  }

  @Test
  void theNetworkOfCommandsIsTheOneThatIsSaid() throws IOException {
    String host = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
    assertEquals(host, networkOf(request("host", networkText("")).network("host")));
    String none = networkOf(request("none", networkText("")).network("none"));
    assertTrue(none.startsWith("net:") && !none.equals(host), none);
    assertEquals(host, networkOf(request("run", networkText("--network=host ")).network("none")));
    String own = networkOf(request("own", networkText("--network=none ")).network("host"));
    assertNotEquals(host, own, "what RUN says is what counts");
    // The tests' environment says what containers get by default: no network.
    String usual = networkOf(request("usual", networkText("--network=default ")));
    assertNotEquals(host, usual);
    assertNotEquals(host, networkOf(request("word", networkText("")).network("default")));
  }

  private static String networkText(String flag) {
    return "FROM base\nRUN " + flag + "readlink /proc/self/ns/net\n";
  }

  private String networkOf(BuildRequest request) {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    engine.builds().build(request.noCache(true).progress(lines(seen)));
    return seen.getFirst();
  }

  private static BuildProgress lines(List<String> seen) {
    return new BuildProgress() {
      @Override
      public void output(Step step, boolean error, String line) {
        seen.add(line);
      }
    };
  }

  @Test
  void aFailingStepEndsTheOthersAndSaysItsLastOutput() throws IOException {
    BuildRequest request =
        request(
            "failing",
            """
            FROM base AS slow
            RUN sleep 60 && echo a > /a
            FROM base AS wrong
            RUN echo no such luck; exit 7
            FROM scratch
            COPY --from=slow /a /a
            COPY --from=wrong /b /b
            """);
    Instant start = Instant.now();
    PhylloException e = assertThrows(PhylloException.class, () -> engine.builds().build(request));
    assertTrue(Duration.between(start, Instant.now()).toSeconds() < 45, "it did not wait");
    assertTrue(e.getMessage().contains("Containerfile:4:"), e.getMessage());
    assertTrue(e.getMessage().contains("exit status 7"), e.getMessage());
    assertTrue(e.getMessage().contains("no such luck"), e.getMessage());
  }

  @Test
  void placesOfMountsAndSecretsAreNoChange() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "s3cret");
    BuildResult result =
        engine
            .builds()
            .build(
                request(
                        "mounts",
                        """
                        FROM base
                        RUN --mount=type=secret,id=s --mount=type=tmpfs,target=/t/mp --mount=type=cache,target=/c --mount=type=bind,target=/ctx test "$(cat /run/secrets/s)" = s3cret && echo x > /t/mp/x && test -e /ctx/Containerfile
                        """)
                    .secret("id=s,src=" + secret));
    ImageDetails base = engine.image("base");
    ImageDetails built = engine.image(result.id().toString());
    assertEquals(base.config().diffIds(), built.config().diffIds(), "no file changed");
  }

  @Test
  void aSourceDateGivesCommandsTheSameLayersInTwoStores() throws IOException {
    String text = "FROM base\nRUN mkdir -p /d && echo x > /d/x && ln /d/x /d/y && rm /bin/true\n";
    BuildResult first =
        engine.builds().build(request("dated", text).argument("SOURCE_DATE_EPOCH", "1700000000"));
    BuildResult second =
        engine("other")
            .builds()
            .build(request("dated", text).argument("SOURCE_DATE_EPOCH", "1700000000"));
    assertEquals(first.target().digest(), second.target().digest());
  }

  @Test
  void commandsForOtherProcessorsAreRefusedWithTheReason() throws IOException {
    assumeTrue(
        Files.notExists(Path.of("/proc/sys/fs/binfmt_misc/qemu-s390x")), "s390x is emulated here");
    BuildRequest request =
        request("foreign", "FROM scratch\nCOPY Containerfile /\nRUN [\"/x\"]\n")
            .platform(Platform.parse("linux/s390x"));
    PhylloException e =
        assertThrows(UnsupportedException.class, () -> engine.builds().build(request));
    assertTrue(e.getMessage().contains("binfmt_misc"), e.getMessage());
  }

  @Test
  void collectingKeepsWhatStepsMadeAndPruningAllDoesNot() throws IOException {
    String text = "FROM base\nRUN echo x > /x\nRUN echo y > /y\n";
    engine.builds().build(request("kept", text));
    engine.remove("kept", false);
    engine.gc();
    List<String> cached = Collections.synchronizedList(new ArrayList<>());
    BuildProgress watch =
        new BuildProgress() {
          @Override
          public void ended(Step step, Outcome outcome, long nanos) {
            if (outcome == Outcome.CACHED) {
              cached.add(step.title());
            }
          }
        };
    engine.builds().build(request("kept", text).progress(watch));
    assertEquals(2, cached.size(), "gc keeps what was of use this week");
    engine.prune(false);
    cached.clear();
    engine.builds().build(request("kept", text).progress(watch));
    assertEquals(2, cached.size(), "prune keeps the layers of images");
    engine.prune(true);
    assertTrue(engine.content().list().isEmpty(), "and all of it goes with prune -a");
  }
}
