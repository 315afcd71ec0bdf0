package dev.phyllo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.engine.Phyllo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who knows docker types, on images that hold nothing to run. */
class DockerHabitsTest {
  @TempDir static Path dir;

  /** What a command came to. */
  private record Result(int status, String out, String err) {}

  private static Result phyllo(String... words) {
    String[] args = new String[words.length + 2];
    args[0] = "--root";
    args[1] = dir.resolve("store").toString();
    System.arraycopy(words, 0, args, 2, words.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int status = Main.run(args);
      return new Result(
          status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  private static List<String> lines(String... words) {
    Result result = phyllo(words);
    assertEquals(0, result.status(), String.join(" ", words) + ": " + result.err());
    return result.out().lines().toList();
  }

  private static void build(String containerfile, String epoch, String... names)
      throws IOException {
    Path context = Files.createDirectories(dir.resolve("context"));
    Files.writeString(context.resolve("Containerfile"), containerfile);
    Files.writeString(context.resolve("file"), "shared".repeat(1000));
    for (String name : names) {
      String date = "SOURCE_DATE_EPOCH=" + epoch;
      lines("build", "-q", "--build-arg", date, "-t", name, context.toString());
    }
  }

  @BeforeAll
  static void makeImages() throws IOException {
    build("FROM scratch\nCOPY file /\nLABEL tier=old a=b\n", "1600000000", "team/old:1");
    build("FROM scratch\nCOPY file /\nLABEL tier=new\n", "1700000000", "team/new:1", "other:2");
  }

  private static List<String> names(String... filters) {
    String[] words = new String[2 * filters.length + 3];
    words[0] = "images";
    words[1] = "--format";
    words[2] = "{{.Repository}}:{{.Tag}}";
    for (int i = 0; i < filters.length; i++) {
      words[2 * i + 3] = "--filter";
      words[2 * i + 4] = filters[i];
    }
    return lines(words).stream().sorted().toList();
  }

  @Test
  void imagesAreFilteredByReferenceLabelTimeAndName() {
    assertEquals(List.of("team/new:1", "team/old:1"), names("reference=team/*"));
    assertEquals(List.of("team/old:1"), names("reference=team/old"));
    assertEquals(List.of("other:2", "team/new:1"), names("reference=*:2", "reference=t*/n*:?"));
    assertEquals(List.of(), names("reference=*/*/*"), "a star matches no slash");
    assertEquals(List.of("team/old:1"), names("label=a"));
    assertEquals(List.of("team/old:1"), names("label=tier=old", "label=a=b"));
    assertEquals(List.of(), names("label=tier=old", "label=tier=new"), "every label");
    assertEquals(List.of("team/old:1"), names("before=team/new:1"));
    assertEquals(List.of("other:2", "team/new:1"), names("since=team/old:1"));
    assertEquals(List.of("team/old:1"), names("until=2022-01-01T00:00:00Z"));
    assertEquals(List.of("other:2", "team/new:1", "team/old:1"), names("dangling=false"));
    assertEquals(List.of(), names("dangling=true"));
    assertEquals(2, phyllo("images", "--filter", "nonsense=1").status());
    assertEquals(2, phyllo("images", "-f", "dangling=perhaps").status());
  }

  @Test
  void theLongerWordsAreTheSameCommands() {
    assertEquals(lines("images"), lines("image", "ls"));
    assertEquals(lines("inspect", "other:2"), lines("image", "inspect", "other:2"));
    assertEquals(lines("history", "-q", "other:2"), lines("image", "history", "-q", "other:2"));
    assumeTrue(Phyllo.canRun(), "containers are on Linux only");
    assertEquals(lines("ps", "-a"), lines("container", "ls", "-a"));
  }

  @Test
  void inspectTakesALetterAndAType() {
    assertEquals(List.of("new"), lines("inspect", "-f", "{{.Config.Labels.tier}}", "other:2"));
    assertEquals(1, phyllo("inspect", "--type", "container", "other:2").status());
    assertEquals(2, phyllo("inspect", "--type", "nonsense", "other:2").status());
    assumeTrue(Phyllo.canRun() && "root".equals(System.getProperty("user.name")), "needs root");
    lines("volume", "create", "inspected");
    assertEquals(List.of("inspected"), lines("inspect", "-f", "{{.Name}}", "inspected"));
    assertEquals(1, phyllo("inspect", "--type", "image", "inspected").status());
    lines("volume", "rm", "inspected");
  }

  @Test
  void spaceIsCountedInDockersRowsAndInOurs() {
    List<String> dockers =
        Phyllo.canRun()
            ? List.of("Images", "Containers", "Local Volumes", "Build Cache")
            : List.of("Images", "Build Cache");
    assertEquals(dockers, lines("system", "df", "--format", "{{.Type}}"));
    List<String> all = lines("df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}}");
    assertTrue(all.contains("Images 2 0"), all.toString());
    assertTrue(all.contains("Build Cache 2 2"), "both layers are images' too: " + all);
    assertTrue(all.stream().anyMatch(row -> row.startsWith("Blobs ")), all.toString());
  }

  @Test
  void eachThingThatTakesSpaceIsListed() {
    String text = phyllo("df", "-v").out();
    for (String part :
        List.of(
            "Images space usage:",
            "SHARED SIZE",
            "team/old",
            "Containers space usage:",
            "LOCAL VOLUMES",
            "Local Volumes space usage:",
            "LINKS",
            "Build cache usage:",
            "COPY file /")) {
      assertTrue(text.contains(part), part + " in " + text);
    }
    String json = phyllo("df", "-v", "--format", "json").out();
    assertTrue(json.startsWith("{\"Images\":[{"), json);
    assertTrue(json.contains("\"BuildCache\":[{"), json);
  }

  @Test
  void containersAreFilteredByNetworkAndPortsAndMeasured() {
    assumeTrue(Phyllo.canRun() && "root".equals(System.getProperty("user.name")), "needs root");
    lines("create", "--name", "lonely", "--network", "none", "team/old:1", "/x");
    lines("create", "--name", "open", "--net", "host", "--expose", "80", "team/old:1", "/x");
    String[] names = {"ps", "-a", "--format", "{{.Names}}", "--filter", ""};
    for (String[] pair :
        new String[][] {
          {"network=none", "lonely"}, {"network=host", "open"}, {"expose=80", "open"},
          {"expose=79-81/tcp", "open"}, {"expose=80/udp", ""}, {"publish=80", ""}
        }) {
      names[names.length - 1] = pair[0];
      assertEquals(pair[1], String.join(" ", lines(names)), pair[0]);
    }
    assertEquals(2, phyllo("ps", "-a", "--filter", "expose=x").status());
    List<String> table = lines("ps", "-a", "-s");
    assertTrue(table.getFirst().endsWith("SIZE"), table.toString());
    String size =
        lines("ps", "-a", "-s", "--filter", "name=open", "--format", "{{.Size}}").getFirst();
    assertTrue(size.matches("[0-9.]+k?B \\(virtual [0-9.]+k?B\\)"), size);
    lines("rm", "lonely", "open");
  }

  @Test
  void pruningTakesOnlyWhatIsOldOrLabelled() throws IOException {
    String store = dir.resolve("pruned").toString();
    Path context = dir.resolve("context");
    for (String year : List.of("2020", "2023")) {
      Files.writeString(
          context.resolve("Containerfile"), "FROM scratch\nLABEL made=" + year + "\n");
      String date = "SOURCE_DATE_EPOCH=" + (Long.parseLong(year) - 1970) * 31_557_600L;
      lines("--root", store, "build", "-q", "--build-arg", date, "-t", "of:" + year, "" + context);
    }
    String[] tags = {"--root", store, "images", "--format", "{{.Tag}}"};
    String[] prune = {"--root", store, "prune", "-af", "--filter", "until=2019-06-01T00:00:00Z"};
    lines(prune);
    assertEquals(List.of("2020", "2023"), lines(tags).stream().sorted().toList());
    prune[5] = "label=made=2021";
    lines(prune);
    assertEquals(2, lines(tags).size());
    prune[5] = "until=2022-01-01T00:00:00Z";
    lines(prune);
    assertEquals(List.of("2023"), lines(tags));
    prune[5] = "label!=made";
    lines(prune);
    assertEquals(List.of("2023"), lines(tags));
    prune[5] = "label=made";
    lines(prune);
    assertEquals(List.of(), lines(tags));
    prune[5] = "nonsense=1";
    assertEquals(2, phyllo(prune).status());
  }

  @Test
  void pruningTakesVolumesOnlyWhenTheyAreNamed() {
    assumeTrue(Phyllo.canRun() && "root".equals(System.getProperty("user.name")), "needs root");
    String unnamed = lines("volume", "create").getFirst();
    lines("volume", "create", "kept");
    List<String> before = lines("volume", "ls", "-q");
    assertTrue(before.contains("kept"), before.toString());
    lines("system", "prune", "-f");
    assertEquals(before, lines("volume", "ls", "-q"));
    List<String> said = lines("system", "prune", "-f", "--volumes");
    List<String> left = lines("volume", "ls", "-q");
    assertEquals(List.of("kept"), left, "a name of its own keeps it");
    assertTrue(said.contains(unnamed), said.toString());
    assertFalse(left.contains(unnamed));
    lines("volume", "rm", "kept");
  }
}
