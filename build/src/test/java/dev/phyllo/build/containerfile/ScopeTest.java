package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Platform;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScopeTest {
  private static GlobalScope global(Containerfile file, Map<String, String> given) {
    return GlobalScope.of(
        file,
        given,
        Platform.of("linux", "amd64"),
        Platform.parse("linux/arm/v7"),
        Optional.empty());
  }

  /** The last instruction of a stage, all those before it done. */
  private static Scope.Entered last(Stage stage, Scope scope) {
    Scope.Entered entered = null;
    for (Instruction instruction : stage.instructions()) {
      entered = scope.enter(instruction);
    }
    return Objects.requireNonNull(entered);
  }

  private static String user(String text, Map<String, String> given, String... environment) {
    Containerfile file = ContainerfileTest.parse(text);
    Scope scope = Scope.of(global(file, given), List.of(environment));
    return ((User) last(file.stages().getLast(), scope).instruction()).user();
  }

  @Test
  void fromSeesTheArgsBeforeItAndThePlatforms() {
    Containerfile file =
        ContainerfileTest.parse(
            "ARG A=1 B=x$A\nARG C\nFROM --platform=$TARGETPLATFORM i:$B-$TARGETVARIANT-${C:-c}");
    From from = file.stages().getFirst().from();
    assertEquals("i:x1-v7-c", from.expand(global(file, Map.of()).expansion()).base());
    From given = from.expand(global(file, Map.of("A", "2", "C", "d")).expansion());
    assertEquals("i:x2-v7-d", given.base());
    assertEquals(Optional.of("linux/arm/v7"), given.platform());
  }

  @Test
  void anArgHoldsFromItsLineOn() {
    String text = "FROM a\nUSER ${u:-some}\nARG u=default\nUSER $u";
    Containerfile file = ContainerfileTest.parse(text);
    Scope scope = Scope.of(global(file, Map.of("u", "given")), List.of());
    List<Instruction> all = file.stages().getFirst().instructions();
    Scope.Entered before = scope.enter(all.get(0));
    assertEquals("some", ((User) before.instruction()).user());
    assertEquals(Map.of(), before.arguments());
    assertEquals(Set.of("u"), before.undefined());
    scope.enter(all.get(1));
    Scope.Entered after = scope.enter(all.get(2));
    assertEquals("given", ((User) after.instruction()).user());
    assertEquals(Map.of("u", "given"), after.arguments());
    assertEquals("default", user(text, Map.of()));
  }

  @Test
  void globalArgsAreSeenOnlyOnceTheyAreNamed() {
    String text = "ARG g=1\nFROM a\nUSER x$g$TARGETARCH";
    assertEquals("x", user(text, Map.of()));
    assertEquals("x1arm", user(text.replace("USER", "ARG g TARGETARCH\nUSER"), Map.of()));
    assertEquals("x2", user(text.replace("USER", "ARG g=2\nUSER"), Map.of()));
    assertEquals("x3", user(text.replace("USER", "ARG g\nUSER"), Map.of("g", "3")));
    assertEquals(
        "xs390x",
        user(text.replace("USER", "ARG TARGETARCH\nUSER"), Map.of("TARGETARCH", "s390x")));
  }

  @Test
  void envHidesArg() {
    assertEquals("env", user("FROM a\nARG v=arg\nENV v=env\nUSER $v", Map.of("v", "given")));
    assertEquals("env", user("FROM a\nENV v=env\nARG v=arg\nUSER $v", Map.of("v", "given")));
    assertEquals("base", user("FROM a\nARG v=arg\nUSER $v", Map.of(), "v=base"));
    assertEquals("given", user("FROM a\nARG v=x\nENV v=${v:-y}\nUSER $v", Map.of("v", "given")));
  }

  @Test
  void oneEnvSeesTheValuesBeforeIt() {
    assertEquals(
        "def", user("FROM a\nENV abc=hello\nENV abc=bye d=$abc\nUSER ${d/hello/def}", Map.of()));
    assertEquals("12", user("FROM a\nARG x=1 y=${x}2\nUSER $y", Map.of()));
  }

  @Test
  void commandsSeeAllArgsAndTheProxies() {
    Containerfile file =
        ContainerfileTest.parse("FROM a\nARG x=1 y\nENV e=$x x2=2\nARG x2=hidden\nRUN env");
    Scope scope = Scope.of(global(file, Map.of("http_proxy", "p", "z", "q")), List.of("PATH=/bin"));
    Scope.Entered run = last(file.stages().getFirst(), scope);
    assertEquals(Map.of("x", "1"), run.arguments());
    assertEquals(
        Map.of("http_proxy", "p", "x", "1", "PATH", "/bin", "e", "1", "x2", "2"),
        scope.execution());
    assertEquals(List.of("PATH", "e", "x2"), List.copyOf(scope.environment().keySet()));
    assertFalse(scope.names().contains("http_proxy"));
    assertTrue(scope.names().contains("y"));
  }

  @Test
  void aStageOnAStageHasItsArgs() {
    Containerfile file = ContainerfileTest.parse("FROM a AS b\nARG x=1\nUSER a\nFROM b\nUSER u$x");
    Scope scope = Scope.of(global(file, Map.of()), List.of());
    last(file.stages().getFirst(), scope);
    Scope.Entered entered = last(file.stages().getLast(), scope.copy());
    assertEquals("u1", ((User) entered.instruction()).user());
  }

  @Test
  void everyFieldThatHasVariablesIsExpanded() {
    Containerfile file =
        ContainerfileTest.parse(
            """
            FROM a
            ARG v=1 p="80 81"
            ADD --chown=$v --chmod=$v --checksum=$v s$v d$v
            COPY --chown=$v --chmod=$v s$v d$v
            ENV k$v=$v
            EXPOSE $p/tcp
            LABEL k$v=$v
            STOPSIGNAL $v
            USER $v
            VOLUME $v
            WORKDIR $v
            RUN --mount=type=cache,target=/$v echo $v
            CMD echo $v
            ENTRYPOINT ["$v"]
            SHELL ["$v"]
            HEALTHCHECK CMD $v
            ONBUILD USER $v
            """);
    Scope scope = Scope.of(global(file, Map.of()), List.of());
    StringBuilder all = new StringBuilder();
    for (Instruction instruction : file.stages().getFirst().instructions()) {
      Instruction expanded = scope.enter(instruction).instruction();
      String fields = expanded.toString();
      String text = "text=" + expanded.origin().text();
      all.append(fields.replace(text, "").contains("$") ? "-" : "+").append(expanded.name());
    }
    assertEquals(
        "+ARG+ADD+COPY+ENV+EXPOSE+LABEL+STOPSIGNAL+USER+VOLUME+WORKDIR-RUN-CMD-ENTRYPOINT-SHELL"
            + "-HEALTHCHECK-ONBUILD",
        all.toString());
    assertEquals("1", scope.environment().get("k1"));
  }

  @Test
  void errorsOfValuesSayWhereTheyStand() {
    Containerfile file = ContainerfileTest.parse("FROM a\n\nUSER ${u:?who}");
    Scope scope = Scope.of(global(file, Map.of()), List.of());
    InvalidException e =
        assertThrows(InvalidException.class, () -> last(file.stages().getFirst(), scope));
    assertEquals("Containerfile:3:1", e.thing());
    assertTrue(e.why().contains("u: who"), e.getMessage());
    assertTrue(Excerpt.of(e, "FROM a\n\nUSER ${u:?who}").orElseThrow().contains("3 | USER"));
  }

  @Test
  void variablesThatGrowAreRefusedBeforeTheyFillTheMemory() {
    StringBuilder text = new StringBuilder("FROM a\nARG v0=0123456789abcdef\n");
    for (int i = 1; i <= 16; i++) {
      text.append("ARG v").append(i).append("=$v").append(i - 1).append("$v").append(i - 1);
      text.append('\n');
    }
    for (int i = 0; i < 200; i++) {
      text.append("ENV e").append(i).append("=$v16\n");
    }
    Containerfile file = ContainerfileTest.parse(text.toString());
    Scope scope = Scope.of(global(file, Map.of()), List.of());
    InvalidException e =
        assertThrows(InvalidException.class, () -> last(file.stages().getFirst(), scope));
    assertTrue(e.why().contains("too long together"), e.getMessage());
    Containerfile ports = ContainerfileTest.parse(text + "EXPOSE" + " $v15".repeat(100) + "\n");
    Scope fresh = Scope.of(global(ports, Map.of()), List.of());
    List<Instruction> all = ports.stages().getFirst().instructions();
    all.subList(0, 17).forEach(fresh::enter);
    assertThrows(InvalidException.class, () -> fresh.enter(all.getLast()));
  }
}
