package dev.phyllo.build;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.build.BuildProgress.Outcome;
import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UsageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BuildsTest {
  /** What images from scratch begin with. */
  private static final String PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  @TempDir Path directory;
  private Bench bench;

  @BeforeEach
  void makeBench() throws IOException {
    bench = new Bench(directory);
  }

  @Test
  void copiedFilesBecomeALayerAndTheRestIsConfigAndHistory() throws IOException {
    bench.file("a.txt", "hello");
    var built =
        bench.build(
            """
            FROM scratch
            ENV A=b
            COPY a.txt /etc/
            WORKDIR /work
            LABEL x="y z"
            EXPOSE 80
            ENTRYPOINT ["/a"]
            CMD ["b", "c"]
            """);
    assertEquals("hello", built.text("etc/a.txt"));
    assertTrue(built.node("work").isDirectory());
    assertEquals(2, built.manifest.layers().size());
    assertEquals(
        List.of(
            "ENV A=b",
            "COPY a.txt /etc/",
            "WORKDIR /work",
            "LABEL x=y z",
            "EXPOSE [80]",
            "ENTRYPOINT [\"/a\"]",
            "CMD [\"b\" \"c\"]"),
        built.history());
    assertEquals(List.of(PATH, "A=b"), built.config.process().env());
    assertEquals(List.of("/a"), built.config.process().entrypoint());
    assertEquals(List.of("80/tcp"), built.config.process().exposedPorts());
    assertEquals("/work", built.config.process().workingDir());
    assertEquals(2, built.config.history().stream().filter(h -> !h.emptyLayer()).count());
    assertTrue(bench.hasImage("built"));
  }

  @Test
  void theSameBuildAgainIsTheSameImageAndAllSteps() throws IOException {
    bench.file("a.txt", "hello");
    String text = "FROM scratch\nCOPY a.txt /\nWORKDIR /w\nCMD [\"x\"]\n";
    var first = bench.build(text);
    var second = bench.build(text);
    assertEquals(first.result.target(), second.result.target());
    assertEquals(2, bench.count(Outcome.CACHED));
  }

  @Test
  void aTouchedFileIsAHitAndAChangedOneIsAMissThatSaysWhy() throws IOException {
    Path file = bench.file("a.txt", "hello");
    String text = "FROM scratch\nCOPY a.txt /\n";
    var first = bench.build(text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(86_400_000));
    var touched = bench.build(text);
    assertEquals(first.result.target(), touched.result.target());
    Files.writeString(file, "other");
    var changed = bench.build(text);
    assertEquals("other", changed.text("a.txt"));
    assertTrue(
        bench.events.stream().anyMatch(e -> e.contains("miss: the copied files changed")),
        bench.events.toString());
  }

  @Test
  void aLargeFileThatStaysIsNotReadAgainAndOneThatChangesIsFound() throws IOException {
    Path file = bench.file("big", "x".repeat(1 << 20));
    Files.setLastModifiedTime(file, FileTime.fromMillis(86_400_000));
    var first = bench.build("FROM scratch\nCOPY big /\n");
    assertEquals(first.result.target(), bench.build("FROM scratch\nCOPY big /\n").result.target());
    // Same size, same time of modification: only the time of change tells.
    Files.writeString(file, "y".repeat(1 << 20));
    Files.setLastModifiedTime(file, FileTime.fromMillis(86_400_000));
    assertTrue(bench.build("FROM scratch\nCOPY big /\n").text("big").startsWith("y"));
  }

  @Test
  void permissionsAndNamesCountButOwnersOfTheContextDoNot() throws IOException {
    Path file = bench.file("a.sh", "x");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x---"));
    var built = bench.build("FROM scratch\nCOPY a.sh /\n");
    assertEquals(0750, built.node("a.sh").about().mode());
    assertEquals(0, built.node("a.sh").about().uid());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertEquals(0640, bench.build("FROM scratch\nCOPY a.sh /\n").node("a.sh").about().mode());
  }

  @Test
  void destinationsFollowDockersRules() throws IOException {
    bench.file("d/one", "1");
    bench.file("d/sub/two", "2");
    bench.file("f", "f");
    var built =
        bench.build(
            """
            FROM scratch
            COPY d /contents
            COPY f /renamed
            COPY f /into/
            COPY f d/one /many/
            WORKDIR /w
            COPY f .
            COPY f sub/name
            COPY f /contents
            """);
    assertEquals("1", built.text("contents/one"));
    assertEquals("2", built.text("contents/sub/two"));
    assertEquals("f", built.text("renamed"));
    assertEquals("f", built.text("into/f"));
    assertEquals("1", built.text("many/one"));
    assertEquals("f", built.text("w/f"));
    assertEquals("f", built.text("w/sub/name"));
    assertEquals("f", built.text("contents/f"));
  }

  @Test
  void globsParentsAndExcludesChooseWhatIsCopied() throws IOException {
    bench.file("x/a.txt", "a");
    bench.file("x/b.md", "b");
    bench.file("x/y/c.txt", "c");
    var built =
        bench.build(
            """
            # syntax=docker/dockerfile:1.7-labs
            FROM scratch
            COPY x/*.txt /glob/
            COPY --parents x/y/c.txt x/./a.txt /kept/
            COPY --exclude=*.md --exclude=y x /some/
            COPY [^x]* x/?.md /neg/
            """);
    assertTrue(built.has("glob/a.txt"));
    assertFalse(built.has("glob/b.md"));
    assertTrue(built.has("kept/x/y/c.txt"));
    assertTrue(built.has("kept/a.txt"));
    assertTrue(built.has("some/a.txt"));
    assertFalse(built.has("some/b.md"));
    assertFalse(built.has("some/y"));
    assertTrue(built.has("neg/b.md"));
  }

  @Test
  void whatIsIgnoredIsNotThere() throws IOException {
    bench.file("keep", "1");
    bench.file("secret.key", "2");
    bench.file("node_modules/x/index.js", "3");
    bench.file("node_modules/wanted", "4");
    bench.file(".dockerignore", "*.key\nnode_modules\n!node_modules/wanted\n# comment\n");
    var built = bench.build("FROM scratch\nCOPY . /\n");
    assertTrue(built.has("keep"));
    assertFalse(built.has("secret.key"));
    assertFalse(built.has("node_modules/x"));
    assertEquals("4", built.text("node_modules/wanted"));
    assertThrows(NotFoundException.class, () -> bench.build("FROM scratch\nCOPY secret.key /\n"));
  }

  @Test
  void nothingOutsideTheContextCanBeNamed() throws IOException {
    Files.writeString(directory.resolve("outside"), "secret");
    Files.createSymbolicLink(bench.context.resolve("up"), Path.of("../outside"));
    Files.createSymbolicLink(bench.context.resolve("abs"), directory.resolve("outside"));
    for (String source : List.of("../outside", "up", "abs", "up/../../outside")) {
      assertThrows(
          NotFoundException.class, () -> bench.build("FROM scratch\nCOPY " + source + " /\n"));
    }
    // Inside a directory a link is copied as a link, and leads nowhere until somebody mounts it.
    Files.createDirectories(bench.context.resolve("d"));
    Files.createSymbolicLink(bench.context.resolve("d/up"), Path.of("../../outside"));
    var built = bench.build("FROM scratch\nCOPY d /d\n");
    assertEquals(
        "../../outside",
        built
            .tree
            .resolve(dev.phyllo.layers.RawPath.of("d/up"), false)
            .node()
            .about()
            .linkName()
            .toString());
  }

  @Test
  void linksInTheImageAreFollowedInsideIt() throws IOException {
    bench.file("f", "f");
    Files.createDirectories(bench.context.resolve("root/usr/bin"));
    Files.createSymbolicLink(bench.context.resolve("root/bin"), Path.of("usr/bin"));
    Files.createSymbolicLink(bench.context.resolve("root/abs"), Path.of("/usr"));
    Files.createSymbolicLink(bench.context.resolve("root/out"), Path.of("../../../../usr"));
    var built =
        bench.build(
            """
            FROM scratch
            COPY root /
            COPY f /bin/
            COPY f /abs/here
            COPY f /out/there
            """);
    assertEquals("f", built.text("usr/bin/f"));
    assertEquals("f", built.text("usr/here"));
    assertEquals("f", built.text("usr/there"));
    assertTrue(built.tree.resolve(dev.phyllo.layers.RawPath.of("bin"), false).node().isLink());
  }

  @Test
  void ownersAreNumbersOrNamesOfTheStageAndModesOctalOrSymbolic() throws IOException {
    bench.file("passwd", "root:x:0:0::/:\napp:x:1000:1001::/:\n");
    bench.file("group", "root:x:0:\nstaff:x:50:\n");
    bench.file("f", "f");
    var built =
        bench.build(
            """
            FROM scratch
            COPY passwd group /etc/
            COPY --chown=app f /named
            COPY --chown=app:staff --chmod=u=rwX,go=rX f /both
            COPY --chown=7 --chmod=4711 f /new/seven
            """);
    assertEquals(1000, built.node("named").about().uid());
    assertEquals(1001, built.node("named").about().gid());
    assertEquals(50, built.node("both").about().gid());
    assertEquals(04711, built.node("new/seven").about().mode());
    assertEquals(7, built.node("new/seven").about().gid());
    assertEquals(7, built.node("new").about().uid());
    PhylloException e =
        assertThrows(
            NotFoundException.class,
            () -> bench.build("FROM scratch\nCOPY f /\nCOPY --chown=nobody f /\n"));
    assertTrue(e.getMessage().contains("Containerfile:3:"), e.getMessage());
  }

  @Test
  void stagesAreCopiedFromByNameAndNumberAndOnlyWhatIsNeededIsDone() throws IOException {
    bench.file("f", "f");
    bench.file("g", "g");
    var built =
        bench.build(
            """
            FROM scratch AS one
            COPY --chown=5:6 f /x/f
            FROM scratch AS unneeded
            COPY missing /
            FROM scratch AS two
            COPY g /g
            FROM one
            COPY --from=two /g /h
            COPY --from=0 /x /y
            """);
    assertEquals("f", built.text("x/f"));
    assertEquals("g", built.text("h"));
    assertEquals("f", built.text("y/f"));
    assertEquals(5, built.node("y/f").about().uid(), "what comes from a stage keeps its owner");
    assertEquals(3, built.manifest.layers().size());
  }

  @Test
  void identicalStepsAreDoneOnce() throws IOException {
    bench.file("f", "f".repeat(1000));
    bench.build(
        """
        FROM scratch AS a
        COPY f /same
        FROM scratch AS b
        COPY f /same
        FROM scratch
        COPY --from=a /same /a
        COPY --from=b /same /b
        """);
    assertEquals(1, bench.events.stream().filter(e -> e.contains("COPY f /same: miss")).count());
  }

  @Test
  void heredocsBecomeFiles() throws IOException {
    var built =
        bench.build(
            "FROM scratch\nENV who=world\nCOPY <<one <<'two' /d/\nhello $who\none\nas $it is\ntwo\n");
    assertEquals("hello world\n", built.text("d/one"));
    assertEquals("as $it is\n", built.text("d/two"));
    assertEquals(0644, built.node("d/one").about().mode());
  }

  @Test
  void aMarkOfDeletionInTheContextDeletes() throws IOException {
    // The first article's second layer: a tree with .wh.config.txt in it.
    bench.file("base/data/config.txt", "base config");
    bench.file("base/hello.txt", "hello from base");
    bench.file("delta/data/.wh.config.txt", "");
    bench.file("delta/hello.txt", "hello from delta");
    var built = bench.build("FROM scratch AS base\nCOPY base/ /\nFROM base\nCOPY delta/ /\n");
    assertFalse(built.has("data/config.txt"));
    assertEquals("hello from delta", built.text("hello.txt"));
  }

  @Test
  void aSourceDateGivesOneDigestInTwoStoresAtTwoTimes() throws IOException {
    String text = "FROM scratch\nCOPY d /d\nWORKDIR /made\nCOPY <<x /x\ny\nx\nCMD [\"x\"]\n";
    Map<String, String> date = Map.of("SOURCE_DATE_EPOCH", "1700000000");
    bench.file("d/one", "1");
    Files.setLastModifiedTime(
        bench.context.resolve("d/one"), FileTime.fromMillis(1_600_000_000_000L));
    var first = bench.build(text, date);
    Bench other = new Bench(directory.resolve("other"));
    other.file("d/one", "1");
    var second = other.build(text, date);
    assertEquals(first.result.target().digest(), second.result.target().digest());
    assertEquals("2023-11-14T22:13:20Z", first.config.created().orElseThrow());
    assertEquals(1_700_000_000L, first.node("d/one").about().mtimeSeconds());
  }

  @Test
  void withoutASourceDateFilesKeepTheirTimes() throws IOException {
    Files.setLastModifiedTime(bench.file("f", "f"), FileTime.fromMillis(1_600_000_000_000L));
    assertEquals(
        1_600_000_000L, bench.build("FROM scratch\nCOPY f /\n").node("f").about().mtimeSeconds());
  }

  @Test
  void anImageOfTheStoreIsABaseWhoseLayersStayAsTheyAre() throws IOException {
    bench.file("f", "f");
    var base =
        bench.build(
            "FROM scratch\nENV A=1\nENTRYPOINT [\"/x\"]\nCMD [\"y\"]\nONBUILD COPY f /triggered\n"
                + "COPY f /f\n");
    var built =
        bench.build(
            new BuildRequest(bench.context.toString())
                .file(
                    Files.writeString(directory.resolve("C2"), "FROM built\nENV B=$A\n").toString())
                .name("second"));
    assertEquals(base.manifest.layers().getFirst(), built.manifest.layers().getFirst());
    assertEquals(List.of(PATH, "A=1", "B=1"), built.config.process().env());
    assertEquals(List.of("/x"), built.config.process().entrypoint());
    assertEquals("f", built.text("triggered"));
    assertFalse(built.config.process().extra().members().containsKey("OnBuild"));
  }

  @Test
  void aFailedBuildNamesNothingAndSaysWhichLine() throws IOException {
    bench.file("f", "f");
    PhylloException e =
        assertThrows(
            PhylloException.class, () -> bench.build("FROM scratch\nCOPY f /\nCOPY missing /\n"));
    assertTrue(e.getMessage().contains("Containerfile:3:"), e.getMessage());
    assertTrue(e.getMessage().contains("missing"), e.getMessage());
    assertFalse(bench.hasImage("built"));
    assertThrows(
        InvalidException.class, () -> bench.build("FROM scratch\nCOPY f /d/f\nCOPY f /d/f/g\n"));
  }

  @Test
  void archivesAreContextsAndAreUnpackedByAdd() throws IOException {
    bench.file("inner", "inside");
    Path tar = directory.resolve("context/a.tar.gz");
    run("tar", "-C", bench.context.toString(), "-czf", tar.toString(), "inner");
    var added = bench.build("FROM scratch\nADD a.tar.gz /x\nADD --unpack=false a.tar.gz /y/\n");
    assertEquals("inside", added.text("x/inner"));
    assertTrue(added.has("y/a.tar.gz"));
    bench.file("Containerfile", "FROM scratch\nCOPY inner /from-archive\n");
    Path whole = directory.resolve("whole.tar");
    run("tar", "-C", bench.context.toString(), "-cf", whole.toString(), ".");
    var fromFile = bench.build(new BuildRequest(whole.toString()).name("built"));
    assertEquals("inside", fromFile.text("from-archive"));
    var fromStream =
        bench.build(new BuildRequest("-").in(Files.newInputStream(whole)).name("built"));
    assertEquals("inside", fromStream.text("from-archive"));
    var alone =
        bench.build(
            new BuildRequest("-")
                .in(
                    new ByteArrayInputStream(
                        "FROM scratch\nCOPY <<a /a\nb\na\n".getBytes(StandardCharsets.UTF_8)))
                .name("built"));
    assertEquals("b\n", alone.text("a"));
  }

  @Test
  void namedContextsAreCopiedFromAndStandInForImages() throws IOException {
    bench.file("f", "f");
    Path other = Files.createDirectories(directory.resolve("elsewhere"));
    Files.writeString(other.resolve("g"), "g");
    bench.build("FROM scratch\nCOPY f /base\n");
    Path file = directory.resolve("C");
    Files.writeString(file, "FROM replaced\nCOPY --from=more g /g\n");
    var built =
        bench.build(
            new BuildRequest(bench.context.toString())
                .file(file.toString())
                .namedContext("more", other.toString())
                .namedContext("replaced", "docker-image://built"));
    assertEquals("g", built.text("g"));
    assertEquals("f", built.text("base"));
  }

  @Test
  void withoutCacheEveryStepIsDoneAgain() throws IOException {
    bench.file("f", "f");
    bench.build("FROM scratch\nCOPY f /\n");
    Path file = directory.resolve("Containerfile");
    bench.build(new BuildRequest(bench.context.toString()).file(file.toString()).noCache(true));
    assertEquals(0, bench.count(Outcome.CACHED));
  }

  @Test
  void anArgumentThatIsUsedChangesTheStepAndAnotherDoesNot() throws IOException {
    bench.file("a", "a");
    bench.file("b", "b");
    String text = "FROM scratch\nARG WHICH=a\nARG OTHER\nCOPY $WHICH /it\n";
    assertEquals("a", bench.build(text).text("it"));
    assertEquals("a", bench.build(text, Map.of("OTHER", "1")).text("it"));
    assertEquals(1, bench.count(Outcome.CACHED));
    assertEquals("b", bench.build(text, Map.of("WHICH", "b")).text("it"));
  }

  @Test
  void aTargetIsBuiltByName() throws IOException {
    bench.file("f", "f");
    Path file =
        Files.writeString(
            directory.resolve("C"), "FROM scratch AS one\nCOPY f /one\nFROM one\nCOPY f /two\n");
    var built =
        bench.build(new BuildRequest(bench.context.toString()).file(file.toString()).target("one"));
    assertTrue(built.has("one"));
    assertFalse(built.has("two"));
    assertNotEquals("", built.result.id().hex());
    assertThrows(
        NotFoundException.class,
        () ->
            bench.build(
                new BuildRequest(bench.context.toString()).file(file.toString()).target("no")));
  }

  @Test
  void squashingKeepsTheBaseAndMakesOneLayerOfTheRest() throws IOException {
    bench.file("base/kept", "kept");
    bench.file("base/gone/x", "gone");
    bench.file("over/.wh.gone", "");
    bench.file("f", "f");
    var base = bench.build("FROM scratch\nCOPY base /\n");
    Path file = directory.resolve("C");
    Files.writeString(file, "FROM built\nCOPY f /one\nCOPY f /two\nCOPY over /\nCMD [\"x\"]\n");
    var built =
        bench.build(
            new BuildRequest(bench.context.toString())
                .file(file.toString())
                .name("small")
                .squash(true));
    assertEquals(2, built.manifest.layers().size());
    assertEquals(base.manifest.layers().getFirst(), built.manifest.layers().getFirst());
    assertEquals("f", built.text("one"));
    assertEquals("f", built.text("two"));
    assertEquals("kept", built.text("kept"));
    assertFalse(built.has("gone"));
    assertEquals(2, built.config.history().stream().filter(h -> !h.emptyLayer()).count());
  }

  @Test
  void outputsAreArchivesLayoutsOrFilesAlone() throws IOException {
    bench.file("d/one", "1");
    Files.createSymbolicLink(bench.context.resolve("d/link"), Path.of("one"));
    Path file = directory.resolve("C");
    Files.writeString(file, "FROM scratch\nCOPY d /d\n");
    Path out = Files.createDirectories(directory.resolve("out"));
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    bench.build(
        new BuildRequest(bench.context.toString())
            .file(file.toString())
            .name("archived")
            .output("type=oci,dest=" + out.resolve("oci.tar"))
            .output("type=oci,tar=false,dest=" + out.resolve("layout"))
            .output("type=docker,dest=" + out.resolve("docker.tar"))
            .output("type=tar,dest=" + out.resolve("files.tar"))
            .output(out.resolve("files").toString())
            .output("-")
            .out(stream));
    assertFalse(bench.hasImage("archived"), "an image that goes elsewhere has no name here");
    assertTrue(Files.exists(out.resolve("layout/index.json")));
    assertTrue(Files.size(out.resolve("oci.tar")) > 0);
    assertTrue(Files.size(out.resolve("docker.tar")) > 0);
    assertEquals("1", Files.readString(out.resolve("files/d/one")));
    assertEquals(Path.of("one"), Files.readSymbolicLink(out.resolve("files/d/link")));
    assertArrayEquals(Files.readAllBytes(out.resolve("files.tar")), stream.toByteArray());
    assertThrows(
        UsageException.class,
        () -> bench.build(new BuildRequest(bench.context.toString()).output("type=odd")));
  }

  @Test
  void aCacheInALayoutServesAnotherStore() throws IOException {
    bench.file("f", "f");
    Path file = directory.resolve("C");
    Files.writeString(file, "FROM scratch AS a\nCOPY f /x\nFROM scratch\nCOPY --from=a /x /y\n");
    Path cache = directory.resolve("cache");
    var first =
        bench.build(
            new BuildRequest(bench.context.toString())
                .file(file.toString())
                .cacheTo("type=local,dest=" + cache));
    Bench other = new Bench(directory.resolve("other"));
    other.file("f", "f");
    var second =
        other.build(
            new BuildRequest(other.context.toString())
                .file(file.toString())
                .cacheFrom(cache.toString()));
    assertEquals(2, other.count(Outcome.CACHED), other.events.toString());
    assertEquals(first.config.diffIds(), second.config.diffIds());
    assertEquals("f", second.text("y"));
    // What is damaged there is not taken.
    try (var blobs = Files.list(cache.resolve("blobs/sha256"))) {
      for (Path blob : blobs.toList()) {
        Files.setPosixFilePermissions(blob, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(blob, "damaged");
      }
    }
    Bench third = new Bench(directory.resolve("third"));
    third.file("f", "f");
    third.build(
        new BuildRequest(third.context.toString())
            .file(file.toString())
            .cacheFrom(cache.toString()));
    assertEquals(0, third.count(Outcome.CACHED));
  }

  @Test
  void severalPlatformsMakeAnIndexAndDockersFormatADockerManifest() throws IOException {
    bench.file("f", "f");
    Path file = directory.resolve("C");
    Files.writeString(file, "FROM scratch\nARG TARGETARCH\nCOPY <<x /arch\n$TARGETARCH\nx\n");
    BuildResult result =
        bench.result(
            new BuildRequest(bench.context.toString())
                .file(file.toString())
                .platform(Platform.parse("linux/amd64"))
                .platform(Platform.parse("linux/arm64"))
                .name("multi"));
    assertEquals(MediaTypes.OCI_INDEX, result.target().mediaType());
    var docker =
        bench.build(new BuildRequest(bench.context.toString()).file(file.toString()).docker(true));
    assertEquals(MediaTypes.DOCKER_MANIFEST, docker.manifest.mediaType());
    assertEquals(MediaTypes.DOCKER_LAYER_GZIP, docker.manifest.layers().getFirst().mediaType());
  }

  @Test
  void filesOfSeveralPlatformsGoToADirectoryEach() throws IOException {
    Path file = directory.resolve("C");
    Files.writeString(
        file,
        "FROM scratch\nARG TARGETARCH\nARG TARGETVARIANT\n"
            + "COPY <<x /arch\n$TARGETARCH$TARGETVARIANT\nx\n");
    Path out = directory.resolve("out");
    Path archive = directory.resolve("out.tar");
    bench.result(
        new BuildRequest(bench.context.toString())
            .file(file.toString())
            .platform(Platform.parse("linux/amd64"))
            .platform(Platform.parse("linux/arm/v7"))
            .output("type=local,dest=" + out)
            .output("type=tar,dest=" + archive));
    assertEquals("amd64\n", Files.readString(out.resolve("linux_amd64/arch")));
    assertEquals("armv7\n", Files.readString(out.resolve("linux_arm_v7/arch")));
    run("tar", "-C", Files.createDirectory(directory.resolve("x")).toString(), "-xf", archive + "");
    assertEquals("armv7\n", Files.readString(directory.resolve("x/linux_arm_v7/arch")));
    bench.result(
        new BuildRequest(bench.context.toString())
            .file(file.toString())
            .platform(Platform.parse("linux/arm64"))
            .output(directory.resolve("alone").toString()));
    assertEquals("arm64\n", Files.readString(directory.resolve("alone/arch")));
  }

  @Test
  void capabilitiesAndAttributesOfUsersComeWithAFile() throws IOException {
    assumeTrue(Linux.isSupported(), "not on Linux");
    Path file = bench.file("program", "x");
    byte[] netRaw = HexFormat.of().parseHex("0100000200200000" + "00".repeat(12));
    try (Fd open = FileCalls.open(file.toString(), Open.RDONLY)) {
      assumeTrue(
          Xattrs.trySet(open, "security.capability".getBytes(US_ASCII), netRaw, 0) == 0,
          "needs root, and a file system with attributes");
      assumeTrue(
          Xattrs.trySet(open, "user.note".getBytes(US_ASCII), new byte[] {1}, 0) == 0,
          "this file system has no attributes of users");
    }
    Map<RawPath, byte[]> xattrs =
        bench.build("FROM scratch\nCOPY program /\n").node("program").about().xattrs();
    assertArrayEquals(netRaw, xattrs.get(RawPath.of("security.capability")));
    assertArrayEquals(new byte[] {1}, xattrs.get(RawPath.of("user.note")));
  }

  @Test
  void archivesOfEveryCompressionAreUnpackedWholeAndDamagedOnesNever() throws IOException {
    Random random = new Random(7);
    byte[] noise = new byte[300_000];
    random.nextBytes(noise);
    String text = "aaaaaaaa".repeat(300_000) + "abcabc".repeat(9000) + "\u0000".repeat(5000);
    Path tree = Files.createDirectories(directory.resolve("tree"));
    Files.write(tree.resolve("noise"), noise);
    Files.writeString(tree.resolve("runs"), text);
    Files.writeString(tree.resolve("empty"), "");
    for (String tool : List.of("gzip", "bzip2", "xz")) {
      assumeTrue(
          Files.isExecutable(Path.of("/usr/bin/" + tool))
              || Files.isExecutable(Path.of("/bin/" + tool)),
          "needs " + tool);
      Path tar = bench.context.resolve("a.tar");
      run("tar", "-C", tree.toString(), "--use-compress-program", tool, "-cf", tar.toString(), ".");
      var built = bench.build("FROM scratch\nADD a.tar /x/\n");
      assertEquals(text, built.text("x/runs"), tool);
      assertEquals(
          dev.phyllo.oci.Digest.sha256(noise),
          java.util.Objects.requireNonNull(built.node("x/noise").content()).digest(),
          tool);
      byte[] bytes = Files.readAllBytes(tar);
      bytes[bytes.length / 2] ^= 0x10;
      Files.write(tar, bytes);
      try {
        // Damage where it begins makes it a file like any other, as docker has it.
        var damaged = bench.build("FROM scratch\nADD a.tar /x/\n");
        assertTrue(damaged.has("x/a.tar") && !damaged.has("x/runs"), tool);
      } catch (PhylloException e) {
        assertTrue(e.getMessage().contains("a.tar"), e.getMessage());
      }
    }
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      assertEquals(0, process.waitFor());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
