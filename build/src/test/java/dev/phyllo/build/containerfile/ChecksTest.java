package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Platform;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChecksTest {
  private static Containerfile parse(String text) {
    return ContainerfileTest.parse(text.replace("|", "\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '^',
      value = {
        "StageNameCasing @ 1 @ FROM a AS Build",
        "StageNameCasing @ 1 @ FROM a AS Build # as it was",
        "FromAsCasing @ 1 @ FROM a as build",
        "FromAsCasing @ 1 @ from a AS build",
        "NoEmptyContinuation @ 2 @ FROM a|RUN a \\||  b",
        "ConsistentInstructionCasing @ 2 @ FROM a|run b|RUN c",
        "ConsistentInstructionCasing @ 2 @ FROM a|Run b|RUN c",
        "ConsistentInstructionCasing @ 3 @ from a|run b|RUN c",
        "DuplicateStageName @ 2 @ FROM a AS b|FROM a AS b",
        "ReservedStageName @ 1 @ FROM a AS scratch",
        "JSONArgsRecommended @ 2 @ FROM a|CMD a b",
        "JSONArgsRecommended @ 2 @ FROM a|ENTRYPOINT a b",
        "MaintainerDeprecated @ 2 @ FROM a|MAINTAINER b",
        "UndefinedArgInFrom @ 2 @ ARG VERSION=1|FROM a:x$VERSIONS",
        "WorkdirRelativePath @ 2 @ FROM a|WORKDIR b|WORKDIR c",
        "MultipleInstructionsDisallowed @ 2 @ FROM a|CMD [\"a\"]|CMD [\"b\"]",
        "LegacyKeyValueFormat @ 2 @ FROM a|ENV a b",
        "LegacyKeyValueFormat @ 2 @ FROM a|LABEL a b",
        "RedundantTargetPlatform @ 1 @ FROM --platform=$TARGETPLATFORM a",
        "SecretsUsedInArgOrEnv @ 2 @ FROM a|ARG API_TOKEN",
        "SecretsUsedInArgOrEnv @ 2 @ FROM a|ENV password=x",
        "InvalidDefaultArgInFrom @ 2 @ ARG T|FROM a:$T",
        "FromPlatformFlagConstDisallowed @ 1 @ FROM --platform=linux/arm64 a",
        "ExposeProtoCasing @ 2 @ FROM a|EXPOSE 80/TCP",
        "ExposeInvalidFormat @ 2 @ FROM a|EXPOSE 127.0.0.1:80:80"
      })
  void everyCheckFindsItsCaseAndCanBeLeftOut(String rule, int line, String text) {
    List<Warning> warnings = parse(text).warnings();
    assertEquals(1, warnings.size(), warnings.toString());
    assertEquals(rule, warnings.getFirst().rule().title());
    assertEquals(line, warnings.getFirst().location().firstLine());
    assertEquals(List.of(), parse("# check=skip=" + rule + "|" + text).warnings());
    assertEquals(List.of(), parse("# check=skip=all|" + text).warnings());
    assertEquals(1, parse("# check=skip=Other|" + text).warnings().size());
    Containerfile strict = parse("# check=error=true|" + text);
    InvalidException e =
        assertThrows(InvalidException.class, () -> Checks.enforce(strict, strict.warnings()));
    assertTrue(e.why().contains(rule), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "FROM a AS b|FROM b|SHELL [\"x\"]|CMD a",
        "FROM a AS b|SHELL [\"x\"]|FROM b|CMD a",
        "FROM a|WORKDIR /b|WORKDIR c",
        "FROM a AS b # The first STAGE",
        "FROM a AS b|WORKDIR /b|FROM b|WORKDIR c",
        "FROM a|WORKDIR $HOME",
        "FROM a|ENV PUBLIC_KEY=x KEYS=y TOKENIZER=z",
        "ARG T=1|FROM a:$T",
        "FROM --platform=$BUILDPLATFORM a AS x|FROM --platform=linux/arm64 a AS build-arm64",
        "FROM a|# check=skip=LegacyKeyValueFormat|ENV a b",
        "FROM scratch|EXPOSE 80/tcp $P/$Q"
      })
  void whatIsMeantIsNotWarnedOf(String text) {
    assertEquals(List.of(), parse(text).warnings());
  }

  @Test
  void undefinedVariablesAndUnusedArgumentsAreToldByWhoKnows() {
    Containerfile file = parse("FROM a|ARG version|USER $vresion");
    Scope scope =
        Scope.of(
            GlobalScope.of(file, Map.of(), Platform.host(), Platform.host(), Optional.empty()),
            List.of());
    List<Instruction> all = file.stages().getFirst().instructions();
    scope.enter(all.get(0));
    List<Warning> undefined = Checks.undefined(file, scope.enter(all.get(1)), scope.names());
    assertEquals(
        "Containerfile:3:1: nothing defines the variable $vresion: did you mean version?"
            + " (UndefinedVar)",
        undefined.getFirst().toString());
    assertEquals(
        "Containerfile:1:1: no ARG takes the build argument versoin: did you mean version?"
            + " (UnusedBuildArgument)",
        Checks.unusedArgument(file, "versoin", Set.of("version")).getFirst().toString());
  }

  @Test
  void everyRuleHasItsOwnName() {
    for (Rule rule : EnumSet.allOf(Rule.class)) {
      assertEquals(Optional.of(rule), Rule.named(rule.title()));
    }
    assertEquals(Optional.empty(), Rule.named("none"));
  }
}
