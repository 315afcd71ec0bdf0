package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.transports.ArchiveDestination;
import dev.phyllo.transports.CopyOptions;
import dev.phyllo.transports.DirectoryDestination;
import dev.phyllo.transports.FetchOptions;
import dev.phyllo.transports.FilesSource;
import dev.phyllo.transports.ImageCopy;
import dev.phyllo.transports.ImageDestination;
import dev.phyllo.transports.ImageFetch;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.LayoutDestination;
import dev.phyllo.transports.ManifestFormat;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Images from place to place, and to other tools and back, with equal digests. */
class RoundTripTest extends RegistryTestBase {
  private TestImage image;

  @BeforeAll
  void pushImage() throws Exception {
    image = image(21, 20_000, 30_000);
    push(image, "image", "1");
  }

  private RegistryClient client() {
    return RegistryClient.open(OPTIONS);
  }

  private ImageCopy.Copied copy(ImageSource from, ImageDestination to, CopyOptions options) {
    try (from;
        to) {
      return ImageCopy.copy(from, to, options);
    }
  }

  private ImageDestination layout(Path path, String tag) {
    return new LayoutDestination(path, Optional.of(tag), NioFileLocker.INSTANCE, StepListener.NONE);
  }

  /** A command, which must succeed; skips where it is not installed. */
  private static String run(String... command) throws Exception {
    boolean found =
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(d -> Files.isExecutable(Path.of(d, command[0])));
    Assumptions.assumeTrue(found, command[0] + " is not installed");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out;
    try (InputStream in = process.getInputStream()) {
      out = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertTrue(process.waitFor(50, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), String.join(" ", command) + "\n" + out);
    return out;
  }

  private Digest remoteDigest(String rest) {
    try (RegistryClient client = client()) {
      return new RegistrySource(client, reference(registry.host(), rest)).target().digest();
    }
  }

  @Test
  void everyPlaceToTheNextAndBackKeepsTheDigest() throws Exception {
    Digest digest = image.descriptor().digest();
    Path d = Files.createDirectory(directory.resolve("places"));
    try (RegistryClient client = client()) {
      CopyOptions options = CopyOptions.DEFAULT;
      ImageSource remote = new RegistrySource(client, reference(registry.host(), "image:1"));
      copy(remote, layout(d.resolve("layout"), "one"), options);
      copy(
          FilesSource.open(d.resolve("layout"), Optional.of("one")),
          new ArchiveDestination(d.resolve("a.tar"), Optional.of("two"), false),
          options);
      copy(
          FilesSource.open(d.resolve("a.tar"), Optional.empty()),
          new DirectoryDestination(d.resolve("dir")),
          options);
      copy(
          FilesSource.open(d.resolve("dir"), Optional.empty()),
          new ArchiveDestination(d.resolve("d.tar"), Optional.of("x/y:three"), true),
          options);
      run("gzip", "-k", d.resolve("d.tar").toString());
      ImageCopy.Copied last =
          copy(
              FilesSource.open(d.resolve("d.tar.gz"), Optional.of("docker.io/x/y:three")),
              new RegistryDestination(client, reference(registry.host(), "round/trip:1")),
              options);
      assertEquals(digest, last.target().digest());
      assertEquals(3, last.sent());
    }
    assertEquals(digest, remoteDigest("round/trip:1"));
  }

  @Test
  void whatTheTargetHasIsNotSentAndOtherRepositoriesAreMountedFrom() throws Exception {
    try (RegistryClient client = client()) {
      ImageSource from = new RegistrySource(client, reference(registry.host(), "image:1"));
      ImageCopy.Copied mounted =
          copy(
              from,
              new RegistryDestination(client, reference(registry.host(), "mounted:1")),
              CopyOptions.DEFAULT);
      assertEquals(0, mounted.sent());
      Path layout = directory.resolve("again");
      assertEquals(3, copy(from, layout(layout, "a"), CopyOptions.DEFAULT).sent());
      assertEquals(0, copy(from, layout(layout, "b"), CopyOptions.DEFAULT).sent());
      byte[] index = Files.readAllBytes(layout.resolve("index.json"));
      assertEquals(2, Index.parse(index, "").manifests().size());
    }
  }

  @Test
  void skopeoAndUsReadWhatTheOtherWrote() throws Exception {
    Path d = Files.createDirectory(directory.resolve("skopeo"));
    String theirs = "docker://" + registry.host() + "/image:1";
    run(
        "skopeo",
        "copy",
        "--insecure-policy",
        "--src-tls-verify=false",
        theirs,
        "oci:" + d + "/o:t");
    run("skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", theirs, "dir:" + d + "/d");
    run(
        "skopeo",
        "copy",
        "--insecure-policy",
        "--src-tls-verify=false",
        theirs,
        "oci-archive:" + d + "/a.tar:t");
    try (RegistryClient client = client()) {
      int i = 0;
      for (ImageSource source :
          List.of(
              FilesSource.open(d.resolve("o"), Optional.of("t")),
              FilesSource.open(d.resolve("d"), Optional.empty()),
              FilesSource.open(d.resolve("a.tar"), Optional.empty()))) {
        String name = "fromskopeo" + i++ + ":1";
        copy(
            source,
            new RegistryDestination(client, reference(registry.host(), name)),
            CopyOptions.DEFAULT);
        assertEquals(image.descriptor().digest(), remoteDigest(name));
      }
      ImageSource ours = new RegistrySource(client, reference(registry.host(), "image:1"));
      copy(ours, layout(d.resolve("ours"), "t"), CopyOptions.DEFAULT);
      copy(ours, new DirectoryDestination(d.resolve("oursdir")), CopyOptions.DEFAULT);
    }
    String back = "docker://" + registry.host() + "/skopeo/back";
    run(
        "skopeo",
        "copy",
        "--insecure-policy",
        "--dest-tls-verify=false",
        "oci:" + d + "/ours:t",
        back + ":1");
    run(
        "skopeo",
        "copy",
        "--insecure-policy",
        "--dest-tls-verify=false",
        "dir:" + d + "/oursdir",
        back + ":2");
    assertEquals(image.descriptor().digest(), remoteDigest("skopeo/back:1"));
    assertEquals(image.descriptor().digest(), remoteDigest("skopeo/back:2"));
  }

  @Test
  void podmanPullsWhatWePushedAndWePullWhatItPushes() throws Exception {
    Path d = Files.createDirectory(directory.resolve("podman"));
    String[] podman = {
      "podman", "--root", d + "/r", "--runroot", d + "/rr", "--storage-driver", "vfs"
    };
    String name = registry.host() + "/image:1";
    run(with(podman, "pull", "--tls-verify=false", name));
    run(with(podman, "push", "--tls-verify=false", name, registry.host() + "/podman:1"));
    run(with(podman, "rmi", "-a"));
    try (RegistryClient client = client()) {
      Manifest manifest =
          Manifest.parse(
              client.repository(reference(registry.host(), "podman")).manifest("1").bytes(), "");
      assertEquals(image.parsed().config().digest(), manifest.config().digest());
    }
    fetchAndVerify("podman:1");
  }

  private static String[] with(String[] first, String... rest) {
    String[] all = Arrays.copyOf(first, first.length + rest.length);
    System.arraycopy(rest, 0, all, first.length, rest.length);
    return all;
  }

  @Test
  void umociChangesALayoutThatWeWroteAndWePushTheResult() throws Exception {
    Path d = Files.createDirectory(directory.resolve("umoci"));
    try (RegistryClient client = client()) {
      copy(
          new RegistrySource(client, reference(registry.host(), "image:1")),
          layout(d.resolve("l"), "t"),
          CopyOptions.DEFAULT);
      run("umoci", "config", "--image", d + "/l:t", "--tag", "u", "--config.cmd", "/other");
      ImageSource changed = FilesSource.open(d.resolve("l"), Optional.of("u"));
      Digest digest = changed.target().digest();
      copy(
          changed,
          new RegistryDestination(client, reference(registry.host(), "umoci:1")),
          CopyOptions.DEFAULT);
      assertEquals(digest, remoteDigest("umoci:1"));
    }
    fetchAndVerify("umoci:1");
  }

  private ContentStore fetchAndVerify(String rest) {
    return fetchAndVerify(rest, FetchOptions.DEFAULT);
  }

  private ContentStore fetchAndVerify(String rest, FetchOptions options) {
    ContentStore store = store();
    try (RegistryClient client = client();
        ImageFetch fetch =
            ImageFetch.begin(
                new RegistrySource(client, reference(registry.host(), rest)),
                store,
                options,
                StepListener.NONE)) {
      fetch.finish();
    }
    store.list().forEach(blob -> store.verify(blob.digest()));
    return store;
  }

  @Test
  void formatsAndCompressionsAreChangedWhereThatIsAsked() throws Exception {
    try (RegistryClient client = client()) {
      Repository repository = client.repository(reference(registry.host(), "converted"));
      for (ManifestFormat format : ManifestFormat.values()) {
        for (Compression compression : Compression.values()) {
          CopyOptions options =
              CopyOptions.DEFAULT
                  .withFormat(Optional.of(format))
                  .withCompression(Optional.of(compression));
          ImageSource from = new RegistrySource(client, reference(registry.host(), "image:1"));
          RegistryDestination to =
              new RegistryDestination(client, reference(registry.host(), "converted:1"));
          if (format == ManifestFormat.V2S2 && compression == Compression.ZSTD) {
            assertThrows(UnsupportedException.class, () -> copy(from, to, options));
            continue;
          }
          copy(from, to, options);
          RemoteDocument made = repository.manifest("1");
          Manifest manifest = Manifest.parse(made.bytes(), "");
          assertEquals(
              format == ManifestFormat.OCI ? MediaTypes.OCI_MANIFEST : MediaTypes.DOCKER_MANIFEST,
              made.descriptor().mediaType());
          assertEquals(image.parsed().config().digest(), manifest.config().digest());
          try (InputStream in = repository.blob(manifest.layers().getFirst(), 0)) {
            assertEquals(compression, Compression.detect(in.readNBytes(16)));
          }
          fetchAndVerify("converted:1");
        }
      }
    }
  }

  /** An index of two platforms with a nested index of a third. */
  private Descriptor pushIndex(String repository) throws Exception {
    List<Descriptor> inner = new ArrayList<>();
    List<Descriptor> outer = new ArrayList<>();
    int seed = 31;
    try (RegistryClient client = client()) {
      Repository to = client.repository(reference(registry.host(), repository));
      for (String platform : List.of("linux/amd64", "linux/arm64/v8", "linux/s390x")) {
        TestImage one = image(seed++, 5000);
        push(one, repository, "p" + seed);
        Descriptor d = one.descriptor().withPlatform(Platform.parse(platform));
        (platform.equals("linux/s390x") ? inner : outer).add(d);
      }
      byte[] nested = Index.of(inner).toBytes();
      Descriptor nestedDescriptor = Descriptor.of(MediaTypes.OCI_INDEX, nested);
      to.push(nestedDescriptor.digest().toString(), nestedDescriptor, nested);
      outer.add(nestedDescriptor);
      byte[] index = Index.of(outer).toBytes();
      Descriptor descriptor = Descriptor.of(MediaTypes.OCI_INDEX, index);
      to.push("all", descriptor, index);
      return descriptor;
    }
  }

  @Test
  void aWholeIndexIsCopiedWithNestedOnesAndOnePlatformIsChosenOtherwise() throws Exception {
    Descriptor index = pushIndex("index");
    Path layout = directory.resolve("indexlayout");
    try (RegistryClient client = client()) {
      ImageSource from = new RegistrySource(client, reference(registry.host(), "index:all"));
      assertEquals(
          index.digest(),
          copy(from, layout(layout, "all"), CopyOptions.DEFAULT.withAll(true)).target().digest());
      assertEquals(
          index.digest(),
          copy(
                  FilesSource.open(layout, Optional.of("all")),
                  new DirectoryDestination(directory.resolve("indexdir")),
                  CopyOptions.DEFAULT.withAll(true))
              .target()
              .digest());
      assertEquals(
          index.digest(),
          copy(
                  FilesSource.open(directory.resolve("indexdir"), Optional.empty()),
                  new RegistryDestination(client, reference(registry.host(), "index2:all")),
                  CopyOptions.DEFAULT.withAll(true))
              .target()
              .digest());
      Descriptor deep =
          copy(
                  from,
                  layout(layout, "s390x"),
                  CopyOptions.DEFAULT.withPlatform(Optional.of(Platform.parse("linux/s390x"))))
              .target();
      assertTrue(MediaTypes.isManifest(deep.mediaType()));
      assertThrows(
          UnsupportedException.class,
          () ->
              copy(
                  from,
                  layout(layout, "x"),
                  CopyOptions.DEFAULT.withPlatform(Optional.of(Platform.parse("linux/riscv64")))));
    }
    ContentStore all = fetchAndVerify("index2:all", FetchOptions.DEFAULT.withAllPlatforms(true));
    assertEquals(2 + 3 * 3, all.list().size());
    ContentStore one =
        fetchAndVerify(
            "index2:all", FetchOptions.DEFAULT.withPlatform(Optional.of(Platform.parse("arm64"))));
    assertEquals(3, one.list().size());
  }

  @Test
  void zstdLayersAndSha512BlobsArriveWhole() throws Exception {
    TestImage zstd = image(41, Compression.ZSTD, Digest.Algorithm.SHA256, 40_000);
    push(zstd, "zstd", "1");
    fetchAndVerify("zstd:1");
    TestImage plain = image(42, Compression.NONE, Digest.Algorithm.SHA256, 40_000);
    push(plain, "plain", "1");
    fetchAndVerify("plain:1");
    // No registry here keeps sha512; a layout does.
    TestImage strong = image(43, Compression.GZIP, Digest.Algorithm.SHA512, 40_000);
    Path layout = directory.resolve("sha512");
    try (ImageDestination to = layout(layout, "s")) {
      strong
          .blobs()
          .forEach((digest, bytes) ->
              to.putBlob(
                  Descriptor.of("", digest, bytes.length),
                  offset -> new java.io.ByteArrayInputStream(bytes)));
      to.commit(strong.descriptor(), strong.manifest());
    }
    ContentStore store = store();
    try (ImageSource from = FilesSource.open(layout, Optional.of("s"));
        ImageFetch fetch = ImageFetch.begin(from, store, FetchOptions.DEFAULT, StepListener.NONE)) {
      fetch.finish();
    }
    strong.blobs().keySet().forEach(store::verify);
  }

  /** A signature as cosign makes it: an artifact with an empty config. */
  private static TestImage artifact(Descriptor subject, String text) {
    Map<Digest, byte[]> blobs = new java.util.LinkedHashMap<>();
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    Descriptor layer = blob(blobs, Digest.Algorithm.SHA256, "application/x-payload", payload);
    Descriptor empty =
        blob(
            blobs,
            Digest.Algorithm.SHA256,
            MediaTypes.OCI_EMPTY,
            "{}".getBytes(StandardCharsets.UTF_8));
    byte[] manifest =
        new Manifest(
                MediaTypes.OCI_MANIFEST,
                empty,
                List.of(layer),
                Map.of("signed", "yes"),
                Optional.of(Descriptor.of(subject.mediaType(), subject.digest(), subject.size())),
                Optional.of("application/x-signature"),
                Json.Obj.EMPTY)
            .toBytes();
    return new TestImage(blobs, Descriptor.of(MediaTypes.OCI_MANIFEST, manifest), manifest);
  }

  @Test
  void referrersAreListedAndCopiedWithTheImage() throws Exception {
    TestImage signed = image(51, 4000);
    push(signed, "signed", "1");
    TestImage signature = artifact(signed.descriptor(), "signature");
    push(signature, "signed", signature.descriptor().digest().toString());
    TestImage cosign = artifact(signed.descriptor(), "cosign");
    String tag = "sha256-" + signed.descriptor().digest().hex() + ".sig";
    push(cosign, "signed", tag);
    Path layout = directory.resolve("signedlayout");
    CopyOptions options = CopyOptions.DEFAULT.withReferrers(true);
    try (RegistryClient client = client()) {
      ImageSource from = new RegistrySource(client, reference(registry.host(), "signed:1"));
      assertEquals(3, copy(from, layout(layout, "s"), options).referrers());
      copy(
          FilesSource.open(layout, Optional.of("s")),
          new RegistryDestination(client, reference(registry.host(), "resigned:1")),
          options);
      Repository there = client.repository(reference(registry.host(), "resigned"));
      List<Descriptor> found = there.referrers(signed.descriptor().digest(), Optional.empty());
      assertEquals(
          List.of("application/x-signature", "application/x-signature"),
          found.stream().map(x -> x.artifactType().orElse("")).toList());
      assertEquals(
          List.of(), there.referrers(signed.descriptor().digest(), Optional.of("another/type")));
      assertArrayEquals(cosign.manifest(), there.manifest(tag).bytes());
      // An artifact is no image to run.
      assertThrows(UnsupportedException.class, () -> fetchAndVerify("resigned:" + tag));
      Optional<Digest> deleted = there.delete(signature.descriptor().digest().toString());
      assertEquals(Optional.of(signature.descriptor().digest()), deleted);
      assertEquals(1, there.referrers(signed.descriptor().digest(), Optional.empty()).size());
    }
  }

  @Test
  void tagsComeInPagesAndGoWhenTheyAreDeleted() throws Exception {
    try (RegistryClient client = client()) {
      Repository repository = client.repository(reference(registry.host(), "tagged"));
      assertThrows(NotFoundException.class, repository::tags);
      push(image, "tagged", "a");
      TestImage other = image(61, 100);
      push(other, "tagged", "b");
      assertEquals(List.of("a", "b"), repository.tags().stream().sorted().toList());
      repository.delete("b");
      assertEquals(List.of("a"), repository.tags());
      assertThrows(NotFoundException.class, () -> repository.delete("b"));
    }
    try (FaultProxy proxy =
            new FaultProxy(
                registry.port(),
                s ->
                    !s.path().contains("/tags/list")
                        ? new FaultProxy.Pass()
                        : s.path().contains("last=t")
                            ? new FaultProxy.Answer(200, List.of(), "{\"tags\":[\"t2\"]}")
                            : new FaultProxy.Answer(
                                200,
                                List.of("Link: </v2/x/tags/list?n=1&last=t>; rel=\"next\""),
                                "{\"tags\":[\"t1\"]}"));
        RegistryClient client = client()) {
      assertEquals(List.of("t1", "t2"), client.repository(reference(proxy.host(), "x")).tags());
    }
    try (FaultProxy proxy =
            new FaultProxy(
                registry.port(),
                s ->
                    !s.path().contains("/tags/list")
                        ? new FaultProxy.Pass()
                        : new FaultProxy.Answer(
                            200,
                            List.of(
                                "Link: </v2/x/tags/list?n=1&last="
                                    + s.path().hashCode()
                                    + ">; rel=\"next\""),
                            "{\"tags\":[\"t\"]}"));
        RegistryClient client = client()) {
      assertThrows(
          dev.phyllo.oci.InvalidException.class,
          () -> client.repository(reference(proxy.host(), "x")).tags());
    }
  }

  @Test
  void foreignLayersAreRefused() throws Exception {
    Map<Digest, byte[]> blobs = new java.util.LinkedHashMap<>(image.blobs());
    byte[] manifest =
        Manifest.of(
                image.parsed().config(),
                List.of(
                    Descriptor.of(
                        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                        image.parsed().layers().getFirst().digest(),
                        image.parsed().layers().getFirst().size())))
            .toBytes();
    push(
        new TestImage(blobs, Descriptor.of(MediaTypes.OCI_MANIFEST, manifest), manifest),
        "foreign",
        "1");
    UnsupportedException e =
        assertThrows(UnsupportedException.class, () -> fetchAndVerify("foreign:1"));
    assertTrue(e.why().contains("foreign layer"), e.getMessage());
  }

  @Test
  void aReferenceWithADigestGivesThatImageWhateverItsTagIsNow() {
    Reference byDigest = Reference.parse(registry.host() + "/image@" + image.descriptor().digest());
    try (RegistryClient client = client()) {
      assertEquals(
          image.descriptor().digest(), new RegistrySource(client, byDigest).target().digest());
      assertFalse(client.repository(byDigest).resolve("sha256:" + "0".repeat(64)).isPresent());
    }
  }
}
