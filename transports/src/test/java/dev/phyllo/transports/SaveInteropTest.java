package dev.phyllo.transports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Manifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is saved here, skopeo, podman, buildah, umoci and containerd read, names and digests. */
@Timeout(300)
class SaveInteropTest extends SaveTestBase {

  private Digest id(SavedImage image) throws Exception {
    return Manifest.parse(Files.readAllBytes(store.path(image.target().digest())), "manifest")
        .config()
        .digest();
  }

  @Test
  void skopeoReadsEveryFormatWithEqualDigests() throws Exception {
    needs("skopeo");
    List<SavedImage> images = two();
    Path docker = save(SaveFormat.DOCKER_ARCHIVE, images);
    Path archive = save(SaveFormat.OCI_ARCHIVE, images);
    Path directory = save(SaveFormat.OCI_DIR, images);
    for (int i = 0; i < 2; i++) {
      for (String source :
          List.of("oci-archive:" + docker, "oci-archive:" + archive, "oci:" + directory)) {
        byte[] raw = run("skopeo", "inspect", "--raw", source + ":" + (i + 1));
        assertEquals(images.get(i).target().digest(), Digest.sha256(raw), source);
        copied(source + ":" + (i + 1), images.get(i));
      }
      copied("docker-archive:" + docker + ":docker.io/library/app:" + (i + 1), images.get(i));
      copied("docker-archive:" + docker + ":app:" + (i + 1), images.get(i));
    }
  }

  /** skopeo verifies every digest and diffID on the way. */
  private void copied(String source, SavedImage image) throws Exception {
    Path to = Files.createTempDirectory(temp, "copied");
    run("skopeo", "--insecure-policy", "copy", "-q", source, "dir:" + to);
    assertTrue(Files.exists(to.resolve(id(image).hex())), source + ": the image id changed");
  }

  @Test
  void podmanLoadsThemUnderTheirNames() throws Exception {
    needs("podman");
    needsRoot();
    List<SavedImage> images = two();
    Map<String, Path> saved =
        Map.of(
            "docker", save(SaveFormat.DOCKER_ARCHIVE, images),
            "archive", save(SaveFormat.OCI_ARCHIVE, List.of(images.get(1))),
            "directory", save(SaveFormat.OCI_DIR, List.of(images.get(1))));
    for (Map.Entry<String, Path> e : saved.entrySet()) {
      run(podman("rmi", "-a", "-f"));
      run(podman("load", "-q", "-i", e.getValue().toString()));
      String list =
          text(run(podman("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")));
      // An image from a directory podman names after the directory.
      String name = e.getKey().equals("directory") ? "" : "docker.io/library/app:2 ";
      assertTrue(list.contains(name + id(images.get(1))), e + ": " + list);
      if (e.getKey().equals("docker")) {
        assertTrue(list.contains("docker.io/library/app:1 " + id(images.get(0))), list);
      }
    }
  }

  @Test
  void buildahPullsThem() throws Exception {
    needs("buildah");
    needsRoot();
    List<SavedImage> images = two();
    Path docker = save(SaveFormat.DOCKER_ARCHIVE, images);
    Path archive = save(SaveFormat.OCI_ARCHIVE, images);
    assertEquals(
        id(images.get(1)).hex(),
        text(run(buildah("pull", "-q", "docker-archive:" + docker + ":app:2"))).strip());
    assertEquals(
        id(images.get(0)).hex(),
        text(run(buildah("pull", "-q", "oci-archive:" + archive + ":1"))).strip());
  }

  @Test
  void umociUnpacksWhatWasAddedToItsLayout() throws Exception {
    needs("umoci");
    needsRoot();
    String layout = temp.resolve("umoci").toString();
    run("umoci", "init", "--layout", layout);
    run("umoci", "new", "--image", layout + ":theirs");
    SourceBuilder source = new SourceBuilder();
    source.named(
        source.ociImage(
            SourceBuilder.AMD64, BASE, SourceBuilder.layer("top", 40, Compression.GZIP)),
        "docker.io/library/app:1");
    saver()
        .save(
            stored(source.layout(), LoadOptions.DEFAULT),
            Path.of(layout),
            SaveOptions.of(SaveFormat.OCI_DIR));
    assertEquals(List.of("1", "theirs"), umociNames(layout));
    Path bundle = temp.resolve("bundle");
    run("umoci", "unpack", "--image", layout + ":1", bundle.toString());
    assertEquals("top", Files.readString(bundle.resolve("rootfs/text")));
    // umoci still writes to it, and collects nothing that is named.
    run("umoci", "tag", "--image", layout + ":1", "again");
    run("umoci", "gc", "--layout", layout);
    assertEquals(List.of("1", "again", "theirs"), umociNames(layout));
  }

  @Test
  void containerdImportsThemUnderTheirNames() throws Exception {
    needs("containerd", "ctr");
    needsRoot();
    List<SavedImage> images = new ArrayList<>(two());
    Path docker = save(SaveFormat.DOCKER_ARCHIVE, images);
    Path archive = save(SaveFormat.OCI_ARCHIVE, images);
    Path home = Files.createTempDirectory("phyllo-ctd"); // a socket's path must be short
    String socket = home.resolve("s").toString();
    Path config =
        Files.writeString(
            home.resolve("config.toml"),
            "version = 2\nroot = \"%s/root\"\nstate = \"%s/state\"\n".formatted(home, home)
                + "disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n"
                + "[grpc]\naddress = \"%s\"\n".formatted(socket));
    Process daemon =
        new ProcessBuilder("containerd", "-c", config.toString())
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile())
            .start();
    try {
      for (int i = 0; i < 200 && !Files.exists(Path.of(socket)) && daemon.isAlive(); i++) {
        Thread.sleep(50);
      }
      assumeTrue(Files.exists(Path.of(socket)), "containerd does not start here");
      for (Path saved : List.of(docker, archive)) {
        String namespace = saved.equals(docker) ? "docker" : "oci";
        String[] ctr = {"ctr", "-a", socket, "-n", namespace, "images"};
        run(with(ctr, "import", "--no-unpack", saved.toString()));
        String list = text(run(with(ctr, "ls")));
        for (SavedImage image : images) {
          String name = image.names().getFirst().canonical();
          String line = list.lines().filter(l -> l.startsWith(name + " ")).findFirst().orElse(list);
          assertTrue(line.contains(image.target().digest().toString()), line);
        }
      }
    } finally {
      daemon.destroy();
      if (!daemon.waitFor(20, TimeUnit.SECONDS)) {
        daemon.destroyForcibly().waitFor();
      }
      dev.phyllo.store.DurableFiles.deleteTree(home);
    }
  }

  private List<String> umociNames(String layout) throws Exception {
    return text(run("umoci", "ls", "--layout", layout)).lines().sorted().toList();
  }

  private static String[] with(String[] words, String... more) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }
}
