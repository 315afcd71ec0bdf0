package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The names of images, as ctr images import gives them. */
class ImageNamesTest extends LoadTestBase {
  private static final Descriptor SOME = Descriptor.of("", new byte[] {1});

  private static String name(String base, String refName, String containerd) {
    return name(base, refName, containerd, true);
  }

  /** The canonical name, "none", or "left out"; empty arguments are absent. */
  private static String name(String base, String refName, String containerd, boolean alone) {
    Map<String, String> annotations = new HashMap<>();
    if (!refName.isEmpty()) {
      annotations.put(Descriptor.REF_NAME, refName);
    }
    if (!containerd.isEmpty()) {
      annotations.put(ImageNames.CONTAINERD_NAME, containerd);
    }
    ImageNames.Named named =
        new ImageNames(Optional.of(base).filter(b -> !b.isEmpty()))
            .name(SOME.withAnnotations(annotations), alone);
    return named.kept() ? named.name().map(Reference::canonical).orElse("none") : "left out";
  }

  @Test
  void aTagIsATagOfTheBaseName() {
    assertEquals("docker.io/library/foo:1.2", name("foo", "1.2", ""));
    assertEquals("docker.io/foo/bar:latest", name("foo/bar", "latest", ""));
    assertEquals("localhost:5000/foo:x", name("localhost:5000/foo", "x", ""));
  }

  @Test
  void aWholeNameOfTheBaseNameIsKept() {
    assertEquals("docker.io/library/handroll:latest", name("handroll", "handroll:latest", ""));
    assertEquals("docker.io/library/nginx:1", name("nginx", "docker.io/library/nginx:1", ""));
    assertEquals("docker.io/library/nginx:1", name("docker.io/library/nginx", "nginx:1", ""));
    assertEquals("quay.io/some/nginx:1", name("nginx", "quay.io/some/nginx:1", ""));
    assertEquals("quay.io/some/nginx:1", name("quay.io/some", "quay.io/some/nginx:1", ""));
  }

  @Test
  void aWholeNameOfAnotherRepositoryIsLeftOut() {
    assertEquals("left out", name("foo", "bar:1", ""));
    assertEquals("left out", name("foo", "foobar:1", ""));
    assertEquals("left out", name("foo/bar", "foo/barbar:1", ""));
    assertEquals("left out", name("quay.io/so", "quay.io/some/nginx:1", ""));
  }

  @Test
  void withoutBaseNameOnlyWholeNamesAreNames() {
    assertEquals("docker.io/library/bar:1", name("", "bar:1", ""));
    assertEquals("docker.io/foo/bar:latest", name("", "foo/bar", ""));
    assertEquals("none", name("", "latest", ""));
    assertEquals("none", name("", "", ""));
    assertEquals("none", name("", "Some Thing: not a name/", ""));
  }

  @Test
  void containerdsAnnotationIsAlwaysTheName() {
    assertEquals("docker.io/library/x:1", name("", "1", "docker.io/library/x:1"));
    assertEquals("docker.io/library/x:1", name("foo", "1", "docker.io/library/x:1"));
  }

  @Test
  void anImageWithoutAnyNameIsTheBaseNamesOrOneOfItsDigests() {
    assertEquals("docker.io/library/foo:latest", name("foo", "", "", true));
    assertEquals("docker.io/library/foo@" + SOME.digest(), name("foo", "", "", false));
  }

  @Test
  void imagesOfOtherRepositoriesStayInTheArchive() throws IOException {
    SourceBuilder.Layer one = SourceBuilder.layer("1", 200_000, Compression.GZIP);
    SourceBuilder.Layer two = SourceBuilder.layer("2", 200_000, Compression.GZIP);
    SourceBuilder source = new SourceBuilder();
    source
        .named(source.ociImage(SourceBuilder.AMD64, one), "mine:1")
        .named(source.ociImage(SourceBuilder.AMD64, two), "other:1")
        .layout();
    for (Form form : Form.values()) {
      freshStore();
      LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT.withBaseName("mine"));
      assertEquals(List.of("docker.io/library/mine:1"), names(loaded));
      assertHoldsOnly(loaded);
      freshStore();
      refused(
          NotFoundException.class,
          () -> load(source, form, LoadOptions.DEFAULT.withBaseName("none")),
          form.toString(),
          "none",
          "mine:1, other:1");
    }
  }
}
