package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.transports.CopyOptions;
import dev.phyllo.transports.FetchOptions;
import dev.phyllo.transports.ImageCopy;
import dev.phyllo.transports.ImageFetch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What version 1.1 of the distribution specification added, with a registry that does it. */
@Timeout(60)
class SpecificationTest {
  private static final RegistryOptions OPTIONS = RegistryTestBase.OPTIONS;
  private static final String SIGNATURE = "application/vnd.example.signature";
  private static final String BILL = "application/vnd.example.sbom+json";

  @TempDir Path directory;

  private static SpecRegistry.Rules rules(boolean referrers, boolean filters) {
    return new SpecRegistry.Rules(referrers, filters, 0);
  }

  private static Repository repository(RegistryClient client, SpecRegistry registry) {
    return client.repository(Reference.parse(registry.host() + "/app:1"));
  }

  private static void upload(Repository to, Map<Digest, byte[]> blobs) {
    blobs.forEach((digest, bytes) ->
        to.upload(
            Descriptor.of("", digest, bytes.length),
            offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset)));
  }

  private static RegistryTestBase.TestImage push(Repository to) throws IOException {
    RegistryTestBase.TestImage image = RegistryTestBase.image(5, 3000);
    upload(to, image.blobs());
    to.push("1", image.descriptor(), image.manifest());
    return image;
  }

  /** A document that refers to the image; each has a number of its own. */
  private static Digest refer(
      Repository to, RegistryTestBase.TestImage image, String type, int number) {
    byte[] empty = "{}".getBytes(StandardCharsets.US_ASCII);
    upload(to, Map.of(Digest.sha256(empty), empty));
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"%s","artifactType":"%s",\
        "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"%s","size":2},\
        "layers":[],"annotations":{"number":"%d"},\
        "subject":{"mediaType":"%s","digest":"%s","size":%d}}\
        """
            .formatted(
                MediaTypes.OCI_MANIFEST,
                type,
                Digest.sha256(empty),
                number,
                MediaTypes.OCI_MANIFEST,
                image.descriptor().digest(),
                image.descriptor().size());
    byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
    Descriptor descriptor = Descriptor.of(MediaTypes.OCI_MANIFEST, bytes);
    to.push(descriptor.digest().toString(), descriptor, bytes);
    return descriptor.digest();
  }

  private static List<String> digests(List<Descriptor> found) {
    return List.copyOf(new TreeSet<>(found.stream().map(d -> d.digest().toString()).toList()));
  }

  private static List<String> sorted(List<Digest> all) {
    return List.copyOf(new TreeSet<>(all.stream().map(Digest::toString).toList()));
  }

  @Test
  void aSubjectThatTheRegistryNoticesNeedsNoTag() throws IOException {
    for (boolean api : List.of(true, false)) {
      try (SpecRegistry registry = new SpecRegistry(rules(api, api));
          RegistryClient client = RegistryClient.open(OPTIONS)) {
        Repository app = repository(client, registry);
        RegistryTestBase.TestImage image = push(app);
        Digest signature = refer(app, image, SIGNATURE, 1);
        Digest subject = image.descriptor().digest();
        String tag = "PUT /v2/app/manifests/" + Referrers.tag(subject);
        assertEquals(!api, registry.seen().contains(tag), registry.seen().toString());
        assertEquals(
            List.of(signature.toString()), digests(app.referrers(subject, Optional.empty())));
      }
    }
  }

  @Test
  void referrersOnSeveralPagesAreAllFound() throws IOException {
    try (SpecRegistry registry = new SpecRegistry(SpecRegistry.Rules.ALL);
        RegistryClient client = RegistryClient.open(OPTIONS)) {
      Repository app = repository(client, registry);
      RegistryTestBase.TestImage image = push(app);
      Digest subject = image.descriptor().digest();
      assertEquals(List.of(), app.referrers(subject, Optional.empty()), "none is no error");
      List<Digest> all = new java.util.ArrayList<>();
      for (int i = 0; i < 2 * SpecRegistry.PAGE + 1; i++) {
        all.add(refer(app, image, i % 2 == 0 ? SIGNATURE : BILL, i));
      }
      assertEquals(sorted(all), digests(app.referrers(subject, Optional.empty())));
      assertTrue(
          registry.seen().getLast().endsWith("?from=" + 2 * SpecRegistry.PAGE),
          registry.seen().toString());
    }
  }

  @Test
  void oneTypeIsAskedForAndLookedForWhereTheRegistryDoesNotFilter() throws IOException {
    for (SpecRegistry.Rules rules :
        List.of(rules(true, true), rules(true, false), rules(false, false))) {
      try (SpecRegistry registry = new SpecRegistry(rules);
          RegistryClient client = RegistryClient.open(OPTIONS)) {
        Repository app = repository(client, registry);
        RegistryTestBase.TestImage image = push(app);
        List<Digest> bills = new java.util.ArrayList<>();
        for (int i = 0; i < 2 * SpecRegistry.PAGE + 1; i++) {
          Digest made = refer(app, image, i % 2 == 0 ? SIGNATURE : BILL, i);
          if (i % 2 == 1) {
            bills.add(made);
          }
        }
        Digest subject = image.descriptor().digest();
        int before = registry.seen().size();
        List<Descriptor> found = app.referrers(subject, Optional.of(BILL));
        assertEquals(sorted(bills), digests(found), rules.toString());
        List<String> asked = registry.seen().subList(before, registry.seen().size());
        assertTrue(
            asked.getFirst().endsWith("?artifactType=application%2Fvnd.example.sbom%2Bjson"),
            asked.toString());
        int pages = rules.referrers() ? rules.filters() ? 1 : 3 : 2;
        assertEquals(pages, asked.size(), "a filter saves pages: " + asked);
      }
    }
  }

  @Test
  void referrersGoWithTheirImageFromOneSuchRegistryToAnother() throws IOException {
    try (SpecRegistry first = new SpecRegistry(SpecRegistry.Rules.ALL);
        SpecRegistry second = new SpecRegistry(SpecRegistry.Rules.ALL);
        RegistryClient client = RegistryClient.open(OPTIONS)) {
      RegistryTestBase.TestImage image = push(repository(client, first));
      Digest signature = refer(repository(client, first), image, SIGNATURE, 1);
      ImageCopy.Copied copied =
          ImageCopy.copy(
              new RegistrySource(client, Reference.parse(first.host() + "/app:1")),
              new RegistryDestination(client, Reference.parse(second.host() + "/app:1")),
              CopyOptions.DEFAULT.withReferrers(true));
      assertEquals(1, copied.referrers());
      List<Descriptor> there =
          repository(client, second).referrers(image.descriptor().digest(), Optional.empty());
      assertEquals(List.of(signature.toString()), digests(there));
      assertEquals(Optional.of(SIGNATURE), there.getFirst().artifactType());
    }
  }

  @Test
  void chunksAreAsLongAsTheRegistryWantsThemAtLeast() throws IOException {
    byte[] bytes = new byte[(int) Upload.CHUNK + (12 << 20)];
    new Random(7).nextBytes(bytes);
    Digest digest = Digest.sha256(bytes);
    long least = Upload.CHUNK + (4 << 20);
    for (long min : new long[] {0, least}) {
      try (SpecRegistry registry = new SpecRegistry(new SpecRegistry.Rules(true, true, min));
          RegistryClient client = RegistryClient.open(OPTIONS)) {
        upload(repository(client, registry), Map.of(digest, bytes));
        long first = Math.max(Upload.CHUNK, min);
        assertEquals(List.of(first, bytes.length - first), registry.chunks(digest));
      }
    }
  }

  @Test
  void anImageWhoseBlobsHaveSha512DigestsGoesThereAndBack() throws IOException {
    RegistryTestBase.TestImage image =
        RegistryTestBase.image(9, Compression.GZIP, Digest.Algorithm.SHA512, 2000, 40_000);
    try (SpecRegistry registry = new SpecRegistry(SpecRegistry.Rules.ALL);
        RegistryClient client = RegistryClient.open(OPTIONS)) {
      Repository app = repository(client, registry);
      upload(app, image.blobs());
      app.push("1", image.descriptor(), image.manifest());
      assertTrue(
          registry.seen().contains("POST /v2/app/blobs/uploads/?digest-algorithm=sha512"),
          registry.seen().toString());
      ContentStore store =
          new ContentStore(
              NamespaceDirs.open(directory, "default"),
              new Locks(NamespaceDirs.open(directory, "default").locks(), NioFileLocker.INSTANCE),
              StepListener.NONE);
      try (ImageFetch fetch =
          ImageFetch.begin(
              new RegistrySource(client, Reference.parse(registry.host() + "/app:1")),
              store,
              FetchOptions.DEFAULT,
              StepListener.NONE)) {
        fetch.finish();
      }
      for (Map.Entry<Digest, byte[]> blob : image.blobs().entrySet()) {
        assertEquals(Digest.Algorithm.SHA512, blob.getKey().algorithm());
        assertArrayEquals(
            blob.getValue(),
            store.read(Descriptor.of("", blob.getKey(), blob.getValue().length), 1 << 20));
      }
    }
  }
}
