package dev.phyllo.build.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.build.containerfile.Rule;
import dev.phyllo.build.containerfile.Warning;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BuildGraphTest {
  private static final Platform AMD = Platform.of("linux", "amd64");
  private static final Platform ARM = Platform.of("linux", "arm64");

  private static GraphRequest request(String text) {
    return GraphRequest.of(Containerfile.parse(text, "Containerfile")).withPlatforms(List.of(AMD));
  }

  private static BuildGraph graph(String text) {
    return BuildGraph.of(request(text));
  }

  private static List<String> titles(List<StageNode> nodes) {
    return nodes.stream().map(node -> node.stage().title()).toList();
  }

  private static String refused(String text) {
    InvalidException e = assertThrows(InvalidException.class, () -> graph(text));
    return e.getMessage();
  }

  private static StageNode target(BuildGraph graph) {
    assertEquals(1, graph.targets().size());
    return graph.targets().getFirst();
  }

  @Test
  void onlyWhatTheTargetNeedsIsThereAndBehindWhatItNeeds() {
    String text =
        """
        FROM a AS base
        FROM b AS unneeded
        COPY --from=base / /
        FROM base AS one
        FROM c AS two
        RUN --mount=from=base,target=/b --mount=type=cache,from=2,target=/c make
        FROM scratch
        COPY --from=one / /
        COPY --from=TWO / /
        """;
    BuildGraph graph = graph(text);
    assertEquals(List.of("base", "one", "two", "stage-4"), titles(graph.stages()));
    assertEquals(
        List.of(List.of("base"), List.of("one"), List.of("two"), List.of("stage-4")),
        graph.levels().stream().map(BuildGraphTest::titles).toList());
    StageNode last = target(graph);
    assertInstanceOf(Source.Scratch.class, last.base());
    assertEquals(List.of("one", "two"), titles(new ArrayList<>(last.dependencies())));
  }

  @Test
  void independentStagesAreOnOneLevel() {
    BuildGraph graph =
        graph(
            """
            FROM x AS a
            FROM y AS b
            FROM a AS c
            FROM scratch
            COPY --from=b / /
            COPY --from=c / /
            """);
    assertEquals(
        List.of(List.of("a", "b"), List.of("c"), List.of("stage-3")),
        graph.levels().stream().map(BuildGraphTest::titles).toList());
  }

  @Test
  void aTargetIsNamedOrNumbered() {
    GraphRequest request = request("FROM x AS a\nFROM y AS b\nFROM z");
    assertEquals("stage-2", target(BuildGraph.of(request)).stage().title());
    assertEquals("a", target(BuildGraph.of(request.withTarget("A"))).stage().title());
    assertEquals("b", target(BuildGraph.of(request.withTarget("1"))).stage().title());
    NotFoundException e =
        assertThrows(NotFoundException.class, () -> BuildGraph.of(request.withTarget("aa")));
    assertEquals("did you mean a?", e.remedy());
    assertThrows(NotFoundException.class, () -> BuildGraph.of(request.withTarget("3")));
  }

  @Test
  void referencesDownwardsAndToItselfAreRefused() {
    assertTrue(
        refused("FROM x AS a\nCOPY --from=b / /\nFROM y AS b\nCOPY --from=a / /")
            .contains("Containerfile:2:1: the stage b comes only below; move it above a"));
    assertTrue(refused("FROM x AS a\nCOPY --from=a / /").contains("takes files from itself"));
    assertTrue(refused("FROM x\nCOPY --from=0 / /").contains("takes files from itself"));
    assertTrue(refused("FROM x\nRUN --mount=from=7,target=/a b").contains("there is no stage 7"));
    assertEquals(
        new Source.Image("b", AMD),
        target(BuildGraph.of(request("FROM b\nFROM x AS b").withTarget("0"))).base(),
        "FROM means a stage only if it is above");
  }

  @Test
  void whatIsNoStageIsAnImage() {
    StageNode node = target(graph("FROM x\nCOPY --from=busybox:1 a b\nCOPY a b\nADD a b"));
    assertEquals(new Source.Image("x", AMD), node.base());
    assertEquals(
        List.of(
            List.of(new Source.Image("busybox:1", AMD)),
            List.of(new Source.MainContext()),
            List.of(new Source.MainContext())),
        node.steps().stream().map(Step::sources).toList());
  }

  @Test
  void theLastStageAboveOfANameIsMeant() {
    BuildGraph graph = graph("FROM x AS a\nFROM y AS a\nFROM scratch\nCOPY --from=a / /");
    assertEquals(List.of("a", "stage-2"), titles(graph.stages()));
    assertEquals(1, graph.stages().getFirst().stage().index());
  }

  @Test
  void namedContextsStandBeforeStagesAndImages() {
    GraphRequest request =
        request(
                """
                FROM deep AS src
                FROM docker.io/library/alpine AS build
                COPY --from=src / /
                RUN --mount=from=tools,target=/t make
                FROM build
                COPY --from=alpine:latest / /
                """)
            .withContexts(Set.of("src", "alpine", "tools"));
    BuildGraph graph = BuildGraph.of(request);
    assertEquals(List.of("build", "stage-2"), titles(graph.stages()));
    StageNode build = graph.stages().getFirst();
    assertEquals(new Source.NamedContext("alpine", AMD), build.base());
    assertEquals(List.of(new Source.NamedContext("src", AMD)), build.steps().getFirst().sources());
    assertEquals(List.of(new Source.NamedContext("tools", AMD)), build.steps().getLast().sources());
    StageNode src = target(BuildGraph.of(request.withTarget("src")));
    assertEquals(new Source.NamedContext("src", AMD), src.base());
    assertEquals(List.of(), src.steps());
    StageNode replaced = target(BuildGraph.of(request.withContexts(Set.of("build"))));
    assertEquals(new Source.NamedContext("build", AMD), replaced.base());
    assertEquals(Set.of(), replaced.dependencies());
  }

  @Test
  void basesAndPlatformsAreExpanded() {
    String text = "ARG TAG\nFROM --platform=$BUILDPLATFORM i:$TAG AS b\nFROM b";
    GraphRequest request =
        request(text).withArguments(Map.of("TAG", "3", "BUILDPLATFORM", "linux/s390x"));
    StageNode node = target(BuildGraph.of(request));
    assertEquals("s390x", node.platform().architecture());
    assertEquals(
        new Source.Image("i:3", Platform.of("linux", "s390x")),
        assertInstanceOf(Source.OfStage.class, node.base()).node().base());
    assertTrue(refused("FROM $X").contains("is nothing after its variables"));
    assertTrue(refused("FROM --platform=a/b/c/d x").contains("Containerfile:1:1: --platform"));
    assertTrue(refused("FROM --platform=$X x").contains("is nothing"));
  }

  @Test
  void platformsShareTheStagesThatAreTheSameForThem() {
    BuildGraph graph =
        BuildGraph.of(
            request(
                    """
                    FROM --platform=linux/amd64 go AS tools
                    RUN make tools
                    FROM tools AS cross
                    ARG TARGETARCH
                    RUN make
                    FROM alpine
                    COPY --from=cross / /
                    """)
                .withPlatforms(List.of(AMD, ARM)));
    assertEquals(2, graph.targets().size());
    assertEquals(List.of("tools", "cross", "stage-2", "cross", "stage-2"), titles(graph.stages()));
    assertEquals(List.of(AMD, ARM), graph.targets().stream().map(StageNode::platform).toList());
    assertEquals("arm64", graph.targets().getLast().globals().values().get("TARGETARCH"));
    BuildGraph same = BuildGraph.of(request("FROM x").withPlatforms(List.of(AMD, AMD)));
    assertSame(same.targets().getFirst(), same.targets().getLast());
  }

  @Test
  void stepsThatDoTheSameHaveOneId() {
    BuildGraph graph =
        graph(
            """
            FROM x AS a
            RUN one
            RUN two
            FROM x AS b
            RUN one
            RUN three
            FROM y AS c
            RUN one
            FROM scratch
            COPY --from=a / /
            COPY --from=b / /
            COPY --from=c / /
            """);
    List<Step> a = graph.stages().get(0).steps();
    List<Step> b = graph.stages().get(1).steps();
    assertEquals(a.get(0).id(), b.get(0).id());
    assertNotEquals(a.get(1).id(), b.get(1).id());
    assertNotEquals(a.get(0).id(), graph.stages().get(2).steps().get(0).id());
    String before = id("FROM x\nRUN <<A\na\nA", Map.of());
    assertNotEquals(before, id("FROM x\nRUN <<A\nb\nA", Map.of()));
    assertEquals(before, id("FROM x\n\n# comment\nRUN <<A\na\nA", Map.of()));
    String argument = "ARG g=1\nFROM x\nARG a g\nRUN x";
    assertEquals(id(argument, Map.of()), id(argument, Map.of("g", "1")));
    assertNotEquals(id(argument, Map.of()), id(argument, Map.of("g", "2")));
    assertNotEquals(id(argument, Map.of()), id(argument, Map.of("a", "")));
    assertEquals(id(argument, Map.of()), id(argument, Map.of("other", "2")));
  }

  private static String id(String text, Map<String, String> arguments) {
    return target(BuildGraph.of(request(text).withArguments(arguments))).id();
  }

  @Test
  void onbuildComesFirstAndMayNeedStages() {
    GraphRequest.Triggers triggers =
        (image, platform) ->
            image.equals("base") && platform.equals(AMD)
                ? List.of("COPY --from=src / /", "RUN <<A\nx\nA")
                : List.of();
    BuildGraph graph =
        BuildGraph.of(
            request("FROM y AS src\nFROM base AS on\nONBUILD USER u\nRUN z\nFROM on\nRUN last")
                .withTriggers(triggers));
    assertEquals(List.of("src", "on", "stage-2"), titles(graph.stages()));
    StageNode on = graph.stages().get(1);
    assertEquals(
        List.of("COPY", "RUN", "ONBUILD", "RUN"),
        on.steps().stream().map(step -> step.instruction().name()).toList());
    assertEquals(
        List.of(true, true, false, false), on.steps().stream().map(Step::trigger).toList());
    assertEquals(
        List.of("USER", "RUN"),
        target(graph).steps().stream().map(step -> step.instruction().name()).toList());
  }

  @Test
  void argumentsThatNobodyTakesAreWarnedOf() {
    BuildGraph graph =
        BuildGraph.of(
            request("ARG g\nFROM x\nARG a\nFROM y")
                .withArguments(
                    Map.of("g", "", "a", "", "http_proxy", "", "TARGETOS", "", "b", "", "GG", "")));
    assertEquals(
        List.of(Rule.UNUSED_BUILD_ARGUMENT, Rule.UNUSED_BUILD_ARGUMENT),
        graph.warnings().stream().map(Warning::rule).toList());
    assertTrue(graph.warnings().getFirst().message().contains("GG"));
  }

  @Test
  void longChainsNeitherOverflowNorTakeLong() {
    StringBuilder text = new StringBuilder("FROM scratch AS s0\n");
    for (int i = 1; i < 3000; i++) {
      text.append("FROM s").append(i - 1).append(" AS s").append(i).append('\n');
    }
    BuildGraph graph =
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> graph(text.toString()));
    assertEquals(3000, graph.stages().size());
    assertEquals(3000, graph.levels().size());
  }
}
