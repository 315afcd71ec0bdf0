package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.build.BuildRequest;
import dev.phyllo.build.BuildResult;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * For each Containerfile of the corpus, our image and buildah's have the same tree and the same
 * configuration, but for the differences that docs/build-differences.md lists with their reasons.
 */
class BuildahComparisonTest {
  /** Times before this are said by the context; later ones are of the build itself. */
  private static final long SAID_UNTIL = 1_200_000_000;

  /**
   * A difference that is meant.
   *
   * @param title its heading in docs/build-differences.md
   * @param in the case it is in, empty for all
   * @param line what the line that reports it begins with
   */
  private record Difference(String title, String in, String line) {}

  private static final List<Difference> DIFFERENCES = differences();

  private static List<Difference> differences() {
    List<Difference> all = new ArrayList<>();
    differ(all, "No host name", "", "config Hostname: ours is nothing");
    differ(all, "No label of the builder", "", "config Labels.io.buildah.version: ours is nothing");
    String times = "Times of destination directories";
    differ(all, times, "copy-chown", "time of /numbers: ");
    differ(
        all,
        times,
        "copy-directory",
        "time of /all: ",
        "time of /into/sub: ",
        "time of /slash: ",
        "time of /tree: ");
    differ(all, times, "copy-glob", "time of /deep: ");
    differ(all, times, "copy-links", "time of /d: ", "time of /dirlink: ");
    differ(all, times, "copy-merge", "time of /var/lib/old/deep: ");
    differ(all, times, "copy-special", "time of /d: ");
    differ(all, times, "ignored", "time of /all: ", "time of /all/dir: ");
    differ(all, times, "ignored-by-containerignore", "time of /all: ");
    differ(all, "Modes of destination directories", "copy-chmod", "/d: ours is directory 700");
    String set = "Set-user-id and set-group-id";
    differ(all, set, "copy-special", "/d/s: ours is file 4755 0:0 , buildah's file 755 ");
    for (String path : List.of("/all/tree/sub", "/slash/sub", "/tree/sub")) {
      differ(all, set, "copy-directory", path + ": ours is directory 2755 ");
    }
    differ(all, "The order of variables", "env", "config Env: ours is [\"PATH=/usr/bin:/bin\",");
    differ(all, "The escape directive in values", "escape", "config Env: ours is ");
    differ(all, "SHELL and CMD", "shell", "config Cmd: ours is [\"/bin/sh\",\"-e\",");
    differ(all, "Mount points", "mount-secret", "/run/secrets: ours is nothing");
    differ(all, "Directories of VOLUME", "volume", "/a b: ours is nothing");
    return List.copyOf(all);
  }

  private static void differ(List<Difference> all, String title, String in, String... lines) {
    for (String line : lines) {
      all.add(new Difference(title, in, line));
    }
  }

  private static final Set<Difference> MET = ConcurrentHashMap.newKeySet();

  @TempDir static Path dir;
  private static Phyllo engine;
  private static FlatImage base;

  @BeforeAll
  static void makeTheBase() throws IOException, InterruptedException {
    assumeTrue(Linux.isSupported(), "not on Linux");
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.isExecutable(Path.of("/bin/busybox")), "needs /bin/busybox");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/buildah")), "needs buildah");
    Path context = BuildCase.base().prepare(dir.resolve("contexts"));
    buildah(
        context,
        "bud",
        "--format",
        "docker",
        "--isolation",
        "chroot",
        "-t",
        "localhost/corpus:base",
        ".");
    Path archive = dir.resolve("base.tar");
    buildah(
        dir,
        "push",
        "-q",
        "localhost/corpus:base",
        "oci-archive:" + archive + ":localhost/corpus:base");
    engine = Phyllo.open(EngineOptions.at(dir.resolve("root")));
    engine.load(LoadRequest.of(archive));
    base = pushed("localhost/corpus:base", "base");
  }

  /** Overlay mounts of buildah's storage do not outlive the test. */
  @AfterAll
  static void unmount() throws IOException, InterruptedException {
    if (engine != null) {
      buildah(dir, "rmi", "-a", "-f");
    }
  }

  private static String buildah(Path in, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "buildah",
                "--root",
                dir.resolve("buildah").toString(),
                "--runroot",
                dir.resolve("buildah-run").toString()));
    command.addAll(List.of(arguments));
    return BuildCase.run(in, command);
  }

  private static FlatImage pushed(String image, String name)
      throws IOException, InterruptedException {
    Path to = dir.resolve("pushed").resolve(name);
    Files.createDirectories(to);
    buildah(dir, "push", "-q", "--disable-compression", "--format", "v2s2", image, "dir:" + to);
    return FlatImage.read(
        to.resolve("manifest.json"), digest -> to.resolve(digest.substring("sha256:".length())));
  }

  private static FlatImage ours(BuildCase one, Path context) throws IOException {
    BuildRequest request = new BuildRequest(context.toString()).docker(true);
    List<String> options = one.options();
    for (int i = 0; i + 1 < options.size(); i += 2) {
      String value = options.get(i + 1);
      switch (options.get(i)) {
        case "--build-arg" -> {
          int equals = value.indexOf('=');
          request.argument(value.substring(0, equals), value.substring(equals + 1));
        }
        case "--target" -> request.target(value);
        case "--secret" -> request.secret(value.replace("src=", "src=" + context + "/"));
        default -> throw new AssertionError(options.get(i));
      }
    }
    BuildResult result = engine.builds().build(request);
    Path blobs = dir.resolve("root/ns/default/content/blobs/sha256");
    return FlatImage.read(
        blobs.resolve(result.target().digest().hex()),
        digest -> blobs.resolve(Digest.parse(digest).hex()));
  }

  @TestFactory
  Stream<DynamicTest> theImageIsWhatBuildahBuilds() throws IOException {
    return BuildCase.all().stream()
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> compare(one)));
  }

  private static void compare(BuildCase one) throws IOException, InterruptedException {
    Path context = one.prepare(dir.resolve("contexts"));
    FlatImage ours = ours(one, context);
    if (!one.expected().isEmpty()) {
      assertEquals(one.expected(), added(one, ours));
      return;
    }
    List<String> arguments =
        new ArrayList<>(List.of("bud", "-q", "--format", "docker", "--isolation", "chroot"));
    arguments.addAll(one.options());
    arguments.addAll(List.of("-t", "localhost/case:" + one.name(), "."));
    buildah(context, arguments.toArray(String[]::new));
    FlatImage theirs = pushed("localhost/case:" + one.name(), one.name());
    List<String> unmeant = new ArrayList<>();
    for (String line : differences(ours, theirs)) {
      boolean meant = false;
      for (Difference difference : DIFFERENCES) {
        boolean here = difference.in().isEmpty() || difference.in().equals(one.name());
        if (here && line.startsWith(difference.line())) {
          MET.add(difference);
          meant = true;
        }
      }
      if (!meant) {
        unmeant.add(line);
      }
    }
    assertEquals("", String.join("\n", unmeant), one.name());
  }

  /** What an image adds to the base, as {@code expected} files write it. */
  private static List<String> added(BuildCase one, FlatImage image) throws IOException {
    List<String> expected = one.expected();
    List<String> lines = new ArrayList<>();
    image
        .tree()
        .forEach((path, said) -> {
          if (!said.equals(base.tree().get(path))) {
            String any = path + " " + String.join(" ", List.of(said.split(" ")).subList(0, 3));
            lines.add(expected.contains(any + " *") ? any + " *" : path + " " + said);
          }
        });
    base.tree().keySet().stream()
        .filter(path -> !image.tree().containsKey(path))
        .forEach(path -> lines.add(path + " is gone"));
    return lines;
  }

  private static List<String> differences(FlatImage ours, FlatImage theirs) {
    List<String> lines = new ArrayList<>();
    TreeSet<String> keys = new TreeSet<>(ours.config().keySet());
    keys.addAll(theirs.config().keySet());
    for (String key : keys) {
      String a = ours.config().getOrDefault(key, "nothing");
      String b = theirs.config().getOrDefault(key, "nothing");
      if (!a.equals(b)) {
        lines.add("config " + key + ": ours is " + a + ", buildah's " + b);
      }
    }
    TreeSet<String> paths = new TreeSet<>(ours.tree().keySet());
    paths.addAll(theirs.tree().keySet());
    for (String path : paths) {
      String a = ours.tree().getOrDefault(path, "nothing");
      String b = theirs.tree().getOrDefault(path, "nothing");
      if (!a.equals(b)) {
        lines.add(path + ": ours is " + a + ", buildah's " + b);
        continue;
      }
      long at = ours.times().getOrDefault(path, 0L);
      long then = theirs.times().getOrDefault(path, 0L);
      if (at != then && (at < SAID_UNTIL || then < SAID_UNTIL)) {
        lines.add("time of " + path + ": ours is " + at + ", buildah's " + then);
      }
    }
    return lines;
  }

  /** The list is no longer than it must be, and whoever reads the docs finds all of it. */
  @AfterAll
  static void everyDifferenceIsMetAndDocumented() throws IOException {
    if (engine == null) {
      return;
    }
    Path docs = Path.of("").toAbsolutePath().resolve("../docs/build-differences.md").normalize();
    String text = Files.readString(docs);
    for (Difference difference : DIFFERENCES) {
      assertTrue(MET.contains(difference), difference + " was not met: take it off the list");
      assertTrue(
          text.contains("\n## " + difference.title() + "\n"),
          difference.title() + " is not in " + docs);
    }
  }

  /** The comparison itself notices what it is there to notice. */
  @Test
  void aDifferenceInAnyFieldIsReported() {
    TreeMap<String, String> tree = new TreeMap<>();
    tree.put("/a", "file 644 0:0 x");
    TreeMap<String, Long> times = new TreeMap<>();
    times.put("/a", 5L);
    TreeMap<String, String> config = new TreeMap<>();
    config.put("Cmd", "[]");
    FlatImage one = new FlatImage(tree, times, config);
    assertEquals(List.of(), differences(one, one));
    TreeMap<String, Long> later = new TreeMap<>();
    later.put("/a", 6L);
    assertEquals(1, differences(one, new FlatImage(tree, later, config)).size());
    assertEquals(1, differences(one, new FlatImage(new TreeMap<>(), times, config)).size());
    assertEquals(1, differences(one, new FlatImage(tree, times, new TreeMap<>())).size());
  }
}
