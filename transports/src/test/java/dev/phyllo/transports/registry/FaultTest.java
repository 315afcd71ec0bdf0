package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.ContentStore;
import dev.phyllo.transports.FetchOptions;
import dev.phyllo.transports.ImageFetch;
import dev.phyllo.transports.registry.FaultProxy.Answer;
import dev.phyllo.transports.registry.FaultProxy.Delay;
import dev.phyllo.transports.registry.FaultProxy.Drop;
import dev.phyllo.transports.registry.FaultProxy.DropAfter;
import dev.phyllo.transports.registry.FaultProxy.Fault;
import dev.phyllo.transports.registry.FaultProxy.Flip;
import dev.phyllo.transports.registry.FaultProxy.Header;
import dev.phyllo.transports.registry.FaultProxy.Longer;
import dev.phyllo.transports.registry.FaultProxy.NoRange;
import dev.phyllo.transports.registry.FaultProxy.Pass;
import dev.phyllo.transports.registry.FaultProxy.Script;
import dev.phyllo.transports.registry.FaultProxy.Seen;
import dev.phyllo.transports.registry.FaultProxy.Shorter;
import dev.phyllo.transports.registry.FaultProxy.Stall;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What networks and bad registries do to a pull and a push. */
class FaultTest extends RegistryTestBase {
  private static final int BIG = 600_000;

  private FaultProxy proxy;
  private TestImage image;

  @BeforeAll
  void pushImage() throws Exception {
    image = image(1, 50_000, BIG, 1000);
    push(image, "image", "1");
    proxy = new FaultProxy(registry.port(), FaultProxy.PASS);
  }

  @AfterAll
  void stop() throws Exception {
    if (proxy != null) {
      proxy.close();
    }
  }

  private void fetch(ContentStore store) {
    fetch(store, OPTIONS);
  }

  private void fetch(ContentStore store, RegistryOptions options) {
    try (RegistryClient client = RegistryClient.open(options);
        ImageFetch fetch =
            ImageFetch.begin(
                new RegistrySource(client, reference(proxy.host(), "image:1")),
                store,
                FetchOptions.DEFAULT,
                StepListener.NONE)) {
      fetch.finish();
    }
  }

  private void assertWhole(ContentStore store) {
    for (Digest digest : image.blobs().keySet()) {
      store.verify(digest);
    }
    store.verify(image.descriptor().digest());
  }

  /** Whatever is in a store, every blob of it is what its name says. */
  private static void assertNothingCorrupt(ContentStore store) {
    store.list().forEach(blob -> store.verify(blob.digest()));
  }

  /** The fault for the first so many requests of a kind. */
  private static Script first(int times, java.util.function.Predicate<Seen> which, Fault fault) {
    AtomicInteger count = new AtomicInteger();
    return request -> which.test(request) && count.getAndIncrement() < times ? fault : new Pass();
  }

  /** The fault for the first request for each path. */
  private static Script onceEach(java.util.function.Predicate<Seen> which, Fault fault) {
    var done = ConcurrentHashMap.newKeySet();
    return request ->
        which.test(request) && done.add(request.method() + request.path()) ? fault : new Pass();
  }

  private boolean isBig(Seen request) {
    return request.path().endsWith(image.parsed().layers().get(1).digest().toString());
  }

  @TestFactory
  Stream<DynamicTest> aPullSurvives() {
    return Stream.of(
            new Object[] {"a dropped ping", first(1, s -> s.path().equals("/v2/"), new Drop())},
            new Object[] {"every first request dropped", onceEach(_ -> true, new Drop())},
            new Object[] {"a manifest cut off", onceEach(Seen::isManifest, new DropAfter(100))},
            new Object[] {
              "every blob cut off at its first byte", onceEach(Seen::isBlob, new DropAfter(0))
            },
            new Object[] {"every blob cut off", onceEach(Seen::isBlob, new DropAfter(700))},
            new Object[] {
              "the big layer cut off thrice", first(3, this::isBig, new DropAfter(150_000))
            },
            new Object[] {"status 429", onceEach(Seen::isBlob, answer(429, "Retry-After: 0"))},
            new Object[] {"status 500", onceEach(_ -> true, answer(500))},
            new Object[] {"status 503", first(3, Seen::isManifest, answer(503))},
            new Object[] {"delays", onceEach(_ -> true, new Delay(100))},
            new Object[] {"one wrong byte, once", first(1, this::isBig, new Flip(300_000))})
        .map(c ->
            DynamicTest.dynamicTest(
                (String) c[0],
                () -> {
                  proxy.script((Script) c[1]);
                  ContentStore store = store();
                  fetch(store);
                  assertWhole(store);
                }));
  }

  @TestFactory
  Stream<DynamicTest> aPullRefuses() {
    return Stream.of(
            new Object[] {
              "a wrong byte, always", always(this::isBig, new Flip(300_000)), CorruptException.class
            },
            new Object[] {
              "a blob that is longer and says so",
              always(this::isBig, new Longer(10, false)),
              CorruptException.class
            },
            new Object[] {
              "a blob that goes on and on",
              always(this::isBig, new Longer(100L << 20, true)),
              CorruptException.class
            },
            new Object[] {
              "a blob that is shorter", always(this::isBig, new Shorter(10)), CorruptException.class
            },
            new Object[] {
              "a manifest that goes on and on",
              always(Seen::isManifest, new Longer(100L << 20, true)),
              InvalidException.class
            },
            new Object[] {
              "a manifest with a wrong byte",
              always(Seen::isManifest, new Flip(60)),
              CorruptException.class
            },
            new Object[] {
              "a lying digest",
              (Script)
                  s ->
                      !s.isManifest()
                          ? new Pass()
                          : s.method().equals("HEAD")
                              ? answer(405)
                              : new Header("Docker-Content-Digest", "sha256:" + "0".repeat(64)),
              CorruptException.class
            },
            new Object[] {
              "a lying media type",
              always(
                  Seen::isManifest,
                  new Header("Content-Type", "application/vnd.oci.image.index.v1+json")),
              InvalidException.class
            },
            new Object[] {
              "a server that is always down", always(_ -> true, answer(503)), SystemException.class
            },
            new Object[] {
              "a connection that always drops",
              always(this::isBig, new DropAfter(0)),
              SystemException.class
            },
            new Object[] {
              "status 429 for an hour",
              always(Seen::isBlob, answer(429, "Retry-After: 3600")),
              SystemException.class
            },
            new Object[] {
              "status 401 without a way in",
              always(Seen::isManifest, answer(401)),
              InvalidException.class
            },
            new Object[] {"status 403", always(Seen::isBlob, answer(403)), InvalidException.class},
            new Object[] {
              "redirects in a circle",
              always(Seen::isManifest, answer(307, "Location: /v2/image/manifests/1")),
              InvalidException.class
            },
            new Object[] {
              "a redirect to nowhere",
              always(Seen::isBlob, answer(307, "Location: file:///etc/passwd")),
              InvalidException.class
            },
            new Object[] {
              "a redirect to plain http elsewhere",
              always(Seen::isBlob, answer(307, "Location: http://192.0.2.1/x")),
              InvalidException.class
            },
            new Object[] {
              "schema 1",
              always(
                  Seen::isManifest,
                  new Answer(
                      200,
                      List.of(
                          "Content-Type: application/vnd.docker.distribution.manifest.v1+prettyjws"),
                      "{\"schemaVersion\":1,\"name\":\"x\",\"fsLayers\":[]}")),
              dev.phyllo.oci.UnsupportedException.class
            })
        .map(c ->
            DynamicTest.dynamicTest(
                (String) c[0],
                () -> {
                  proxy.script((Script) c[1]);
                  ContentStore store = store();
                  @SuppressWarnings("unchecked")
                  Class<? extends PhylloException> kind = (Class<? extends PhylloException>) c[2];
                  PhylloException e = assertThrows(kind, () -> fetch(store));
                  assertFalse(e.getMessage().isEmpty());
                  assertNothingCorrupt(store);
                  assertFalse(
                      store.has(image.parsed().layers().get(1).digest())
                          && c[0].toString().contains("blob"));
                }));
  }

  private static Script always(java.util.function.Predicate<Seen> which, Fault fault) {
    return request -> which.test(request) ? fault : new Pass();
  }

  private static Answer answer(int status, String... headers) {
    return new Answer(
        status, List.of(headers), "{\"errors\":[{\"code\":\"X\",\"message\":\"no\"}]}");
  }

  @Test
  void aServerThatFallsSilentIsGivenUpAndGoneOnFrom() {
    proxy.script(first(1, this::isBig, new Stall(200_000)));
    ContentStore store = store();
    fetch(store, OPTIONS.withRetries(4, Duration.ofMillis(5), Duration.ofMillis(700)));
    assertWhole(store);
  }

  @Test
  void aConnectionThatBreaksGoesOnByRangeAndFetchesNothingTwice() {
    proxy.script(first(2, this::isBig, new DropAfter(200_000)));
    proxy.forget();
    ContentStore store = store();
    fetch(store);
    assertWhole(store);
    List<String> ranges = new ArrayList<>();
    for (Seen s : proxy.seen()) {
      if (isBig(s) && s.method().equals("GET")) {
        ranges.add(s.header("range"));
      }
    }
    assertEquals(3, ranges.size(), ranges.toString());
    assertEquals("", ranges.getFirst());
    assertGoesOn(0, 200_000, ranges.get(1));
    assertGoesOn(begin(ranges.get(1)), 200_000, ranges.get(2));
  }

  /** What a range begins with. */
  private static long begin(String range) {
    return Long.parseLong(range.substring("bytes=".length(), range.length() - 1));
  }

  /** What was in a buffer when the connection broke may be lost, and is all that comes again. */
  private static void assertGoesOn(long before, long sent, String range) {
    long begun = begin(range) - before;
    assertTrue(begun > sent - 70_000 && begun <= sent, range + " after " + before + " and " + sent);
  }

  @Test
  void aPullThatFailedGoesOnWhereItEnded() {
    ContentStore store = store();
    proxy.script(request -> isBig(request) ? new DropAfter(100_000) : new Pass());
    RegistryOptions once = OPTIONS.withRetries(1, Duration.ofMillis(5), Duration.ofSeconds(5));
    assertThrows(SystemException.class, () -> fetch(store, once));
    assertFalse(store.has(image.parsed().layers().get(1).digest()));
    assertThrows(SystemException.class, () -> fetch(store, once));
    proxy.script(FaultProxy.PASS);
    proxy.forget();
    fetch(store);
    assertWhole(store);
    // Others may have been given up with it, and come now.
    List<Seen> blobs = proxy.seen().stream().filter(this::isBig).toList();
    assertEquals(1, blobs.size(), blobs.toString());
    assertGoesOn(0, 200_000, blobs.getFirst().header("range"));
  }

  @Test
  void aServerWithoutRangesSendsAllAgainAndItIsPassedOver() {
    ContentStore store = store();
    AtomicInteger count = new AtomicInteger();
    proxy.script(request ->
        !isBig(request)
            ? new Pass()
            : count.getAndIncrement() == 0 ? new DropAfter(250_000) : new NoRange());
    fetch(store);
    assertWhole(store);
  }

  @Test
  void aServerThatSendsAnotherRangeIsAskedForAllOfItAgain() {
    ContentStore store = store();
    AtomicInteger count = new AtomicInteger();
    proxy.script(request ->
        !isBig(request)
            ? new Pass()
            : count.getAndIncrement() == 0
                ? new DropAfter(250_000)
                : new Header("Content-Range", "bytes 0-9/10"));
    fetch(store);
    assertWhole(store);
  }

  @Test
  void whatIsThereIsNotAskedForAgain() {
    proxy.script(FaultProxy.PASS);
    ContentStore store = store();
    fetch(store);
    proxy.forget();
    fetch(store);
    assertEquals(
        List.of("GET /v2/", "HEAD /v2/image/manifests/1"),
        proxy.seen().stream().map(s -> s.method() + " " + s.path()).toList());
  }

  @Test
  void retryAfterIsHeeded() {
    proxy.script(first(1, Seen::isManifest, answer(429, "Retry-After: 1")));
    long start = System.nanoTime();
    fetch(store());
    assertTrue(System.nanoTime() - start > 900_000_000L);
  }

  @Test
  void aBrokenUploadInOnePieceIsSentAgain() throws Exception {
    TestImage other = image(2, 300_000);
    proxy.script(onceEach(s -> s.method().equals("POST"), new Drop()));
    upload(other, "up0");
    proxy.script(first(1, s -> s.method().equals("PUT"), new Drop()));
    upload(other, "up1");
    proxy.script(first(2, s -> s.method().equals("PUT"), answer(500)));
    upload(image(3, 200_000), "up2");
  }

  @Test
  void aLongBlobGoesInChunksOfWhichOnlyTheBrokenOneIsSentAgain() throws Exception {
    byte[] bytes = new byte[(int) Upload.CHUNK * 2 + 1_000_000];
    new java.util.Random(5).nextBytes(bytes);
    Descriptor blob = Descriptor.of("", Digest.sha256(bytes), bytes.length);
    AtomicInteger patches = new AtomicInteger();
    proxy.script(s ->
        s.method().equals("PATCH") && patches.getAndIncrement() == 1 ? new Drop() : new Pass());
    proxy.forget();
    try (RegistryClient client = RegistryClient.open(OPTIONS)) {
      Repository to = client.repository(reference(proxy.host(), "chunks"));
      to.upload(
          blob,
          offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset));
      assertTrue(to.hasBlob(blob.digest()));
    }
    List<String> ranges =
        proxy.seen().stream()
            .filter(s -> s.method().equals("PATCH"))
            .map(s -> s.header("content-range"))
            .toList();
    assertEquals(4, ranges.size(), ranges.toString());
    assertEquals(ranges.get(1), ranges.get(2));
  }

  @Test
  void wrongBytesAreNeverUploaded() {
    byte[] bytes = new byte[100_000];
    Descriptor blob = Descriptor.of("", Digest.sha256(bytes), bytes.length);
    byte[] wrong = bytes.clone();
    wrong[99_999] = 1;
    try (RegistryClient client = RegistryClient.open(OPTIONS)) {
      Repository to = client.repository(reference(registry.host(), "wrong"));
      assertThrows(
          CorruptException.class,
          () -> to.upload(blob, offset -> new ByteArrayInputStream(wrong, (int) offset, 100_000)));
      assertFalse(to.hasBlob(blob.digest()));
    }
  }

  private void upload(TestImage other, String repository) {
    try (RegistryClient client = RegistryClient.open(OPTIONS)) {
      Repository to = client.repository(reference(proxy.host(), repository));
      other
          .blobs()
          .forEach((digest, bytes) ->
              to.upload(
                  Descriptor.of("", digest, bytes.length),
                  offset ->
                      new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset)));
      to.push("1", other.descriptor(), other.manifest());
      assertEquals(other.descriptor().digest(), to.manifest("1").descriptor().digest());
    }
  }
}
