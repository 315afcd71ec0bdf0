package dev.phyllo.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Expected values are those of docker commit with the same instructions. */
class ConfigChangesTest {
  private static final ProcessConfig BASE =
      new ProcessConfig(
          "app",
          List.of("80/tcp"),
          List.of("PATH=/bin", "A=1"),
          List.of("/init"),
          List.of("serve"),
          List.of("/data"),
          "/work",
          Map.of("x", "y"),
          Optional.empty(),
          Json.Obj.EMPTY);

  private static ProcessConfig with(String... instructions) {
    return ConfigChanges.apply(BASE, List.of(instructions));
  }

  private static void refuses(String instruction, String why) {
    UsageException e = assertThrows(UsageException.class, () -> with(instruction));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  private static String extra(String... instructions) {
    return new String(JsonCodec.toBytes(with(instructions).extra()), StandardCharsets.UTF_8);
  }

  @Test
  void nothingAskedChangesNothing() {
    assertEquals(BASE, with());
  }

  @Test
  void commandsAreTakenAsListsOrAsLinesOfAShell() {
    assertEquals(List.of("a", "b c"), with("CMD [\"a\", \"b c\"]").cmd());
    assertEquals(List.of("/bin/sh", "-c", "a $B \"c\""), with("cmd a $B \"c\"").cmd());
    assertEquals(List.of("/bin/sh", "-c", "[\"a\", b]"), with("CMD [\"a\", b]").cmd());
    refuses("CMD [1]", "no string");
    assertEquals(List.of(), with("CMD []").cmd());
  }

  @Test
  void aShellOfTheImageRunsItsLines() {
    Json.Obj extra =
        new JsonBuilder().put("Shell", JsonBuilder.array(List.of("/bin/bash", "-e"))).build();
    ProcessConfig base =
        new ProcessConfig(
            "",
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            "",
            Map.of(),
            Optional.empty(),
            extra);
    assertEquals(
        List.of("/bin/bash", "-e", "x"), ConfigChanges.apply(base, List.of("CMD x")).cmd());
  }

  @Test
  void anEntrypointTakesTheOldCommandAwayButNotANewOne() {
    assertEquals(List.of(), with("ENTRYPOINT [\"/e\"]").cmd());
    assertEquals(List.of("c"), with("CMD [\"c\"]", "ENTRYPOINT [\"/e\"]").cmd());
    assertEquals(List.of("c"), with("ENTRYPOINT [\"/e\"]", "CMD [\"c\"]").cmd());
  }

  @Test
  void variablesKeepTheirPlaceAndAreExpanded() {
    assertEquals(List.of("PATH=/bin", "A=2", "B=x y"), with("ENV A=2 B=\"x y\"").env());
    assertEquals(
        List.of("PATH=/opt:/bin", "A=1", "C=1-d"),
        with("ENV PATH=/opt:$PATH C=${A}-${NONE:-d}${NONE:+n}").env());
    assertEquals(List.of("PATH=/bin", "A=1", "B=two words"), with("ENV B two words").env());
    assertEquals(List.of("PATH=/bin", "A=9", "B=1"), with("ENV A=9 B=$A").env());
    assertEquals(
        List.of("PATH=/bin", "A=1", "B=$A", "C=\"q\""), with("ENV B='$A' C=\\\"q\\\"").env());
    refuses("ENV B", "a name without a value");
    refuses("ENV =x", "name=value");
    refuses("ENV", "has no argument");
  }

  @Test
  void labelsAreQuotedAsVariablesAre() {
    assertEquals(Map.of("x", "z", "a b", "c"), with("LABEL x=z \"a b\"=c").labels());
  }

  @Test
  void portsHaveAProtocolAndRangesAreSpelledOut() {
    assertEquals(
        List.of("80/tcp", "53/udp", "90/tcp", "91/tcp"),
        with("EXPOSE 53/UDP 90-91 80").exposedPorts());
    refuses("EXPOSE http", "not a port");
    refuses("EXPOSE 99-90", "not a port");
    refuses("EXPOSE 70000", "not a port");
    refuses("EXPOSE 80/icmp", "not a port");
  }

  @Test
  void theRestOfTheInstructionsSetWhatTheySay() {
    assertEquals("1000:100", with("USER 1000:100").user());
    assertEquals(List.of("/data", "/a", "/b"), with("VOLUME /a /b").volumes());
    assertEquals(List.of("/data", "/a b"), with("VOLUME [\"/a b\"]").volumes());
    assertEquals("/work/sub", with("WORKDIR sub").workingDir());
    assertEquals("/x", with("WORKDIR sub/../../x").workingDir());
    assertEquals(Optional.of("SIGINT"), with("STOPSIGNAL SIGINT").stopSignal());
    refuses("STOPSIGNAL SIGNO", "no such signal");
    assertEquals(Optional.of("SIGRTMIN+3"), with("STOPSIGNAL SIGRTMIN+3").stopSignal());
  }

  @Test
  void triggersAreCollected() {
    assertEquals(
        "{\"OnBuild\":[\"RUN a\",\"COPY . /\"]}", extra("ONBUILD RUN a", "ONBUILD COPY . /"));
    refuses("ONBUILD FROM x", "cannot delay FROM");
  }

  @Test
  void healthchecksAreWrittenAsDockerWritesThem() {
    assertEquals("{\"Healthcheck\":{\"Test\":[\"NONE\"]}}", extra("HEALTHCHECK NONE"));
    assertEquals(
        "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl -f /\"],"
            + "\"Interval\":90000000000,\"Retries\":3}}",
        extra("HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f /"));
    assertEquals(
        "{\"Healthcheck\":{\"Test\":[\"CMD\",\"a\",\"b\"],\"Timeout\":500000000}}",
        extra("HEALTHCHECK --timeout=500ms CMD [\"a\",\"b\"]"));
    refuses("HEALTHCHECK --interval=soon CMD x", "is not a time");
    refuses("HEALTHCHECK --often=1s CMD x", "--often");
    refuses("HEALTHCHECK x", "neither CMD nor NONE");
  }

  @Test
  void otherInstructionsAreRefused() {
    refuses("RUN true", "not an instruction that changes a config");
    refuses("FOO", "there is no instruction");
    refuses("", "not an instruction");
    refuses("COPY a b", "not an instruction");
  }
}
