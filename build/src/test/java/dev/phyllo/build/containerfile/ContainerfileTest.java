package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ContainerfileTest {
  static Containerfile parse(String text) {
    return Containerfile.parse(text, "Containerfile");
  }

  /** The one instruction behind FROM scratch. */
  static Instruction only(String text) {
    List<Instruction> all = parse("FROM scratch\n" + text).stages().getFirst().instructions();
    assertEquals(1, all.size(), all.toString());
    return all.getFirst();
  }

  private static <T extends Instruction> T only(Class<T> type, String text) {
    return assertInstanceOf(type, only(text));
  }

  private static InvalidException refused(String text) {
    return assertThrows(InvalidException.class, () -> parse(text));
  }

  private static void refused(String instruction, String place, String why) {
    InvalidException e = refused("FROM scratch\n" + instruction);
    assertEquals("Containerfile:" + place, e.thing(), e.getMessage());
    assertTrue(e.why().contains(why), e.getMessage());
  }

  @Test
  void stagesHaveNamesNumbersAndBases() {
    Containerfile file =
        parse(
            """
            # syntax=docker/dockerfile:1
            ARG TAG=3
            FROM --platform=$BUILDPLATFORM alpine:$TAG AS Build
            RUN make
            FROM scratch
            COPY --from=build /out /
            """);
    assertEquals(Optional.of("docker/dockerfile:1"), file.directives().syntax());
    assertEquals(1, file.globals().size());
    assertEquals(2, file.stages().size());
    Stage build = file.stages().getFirst();
    assertEquals(Optional.of("build"), build.name());
    assertEquals("alpine:$TAG", build.from().base());
    assertEquals(Optional.of("$BUILDPLATFORM"), build.from().platform());
    assertEquals("stage-1", file.stages().getLast().title());
    Copy copy = (Copy) file.stages().getLast().instructions().getFirst();
    assertEquals(Optional.of("build"), copy.from());
    assertEquals(new Location("Containerfile", 6, 6, 1), copy.location());
  }

  @Test
  void theOldAndTheNewFormOfEnv() {
    assertEquals(
        List.of(new KeyValue("a", "b  c=d", true)), only(Env.class, "ENV a   b  c=d  ").pairs());
    assertEquals(
        List.of(new KeyValue("a", "'b c'", false), new KeyValue("d", "e\\ f", false)),
        only(Env.class, "ENV a='b c'  d=e\\ f").pairs());
    refused("ENV a=b c", "2:9", "'c', which is not of the form");
    refused("ENV a", "2:5", "name without a value");
    refused("ENV =b", "2:5", "value without a name");
    refused("ENV", "2:1", "no argument");
  }

  @Test
  void runHasTypedMounts() {
    Run run =
        only(
            Run.class,
            """
            RUN --mount=type=cache,target=/c,sharing=locked,mode=0700,uid=5 \\
                --mount=target=/src,rw --mount=from=tools,src=/bin,dst=/t \\
                --mount=type=tmpfs,target=/tmp,size=64m \\
                --mount=type=secret,id=k,env=KEY,required \\
                --mount=type=secret,id=dir/k --mount=type=ssh \\
                --network=none make
            """);
    assertEquals(
        List.of(
            new Mount.Cache(
                "/c", "/c", Optional.empty(), "", Mount.Sharing.LOCKED, false, 0700, 5, 0),
            new Mount.Bind(Optional.empty(), "", "/src", false),
            new Mount.Bind(Optional.of("tools"), "/bin", "/t", true),
            new Mount.Tmpfs("/tmp", OptionalLong.of(64 << 20)),
            new Mount.Secret("k", Optional.empty(), Optional.of("KEY"), true, 0400, 0, 0),
            new Mount.Secret(
                "dir/k", Optional.of("/run/secrets/k"), Optional.empty(), false, 0400, 0, 0),
            new Mount.Ssh("default", Optional.empty(), false, 0600, 0, 0)),
        run.mounts());
    assertEquals(Run.Network.NONE, run.network());
    assertEquals(new Command.ShellForm("make"), run.command());
  }

  @Test
  void mountsMayHaveVariablesInTheirValuesButNotInFrom() {
    Run run = only(Run.class, "RUN --mount='type=$t,target=/c-$v,\"id=a,b\"' x");
    Run expanded =
        run.expand(
            new Expansion(
                '\\', name -> name.equals("t") ? "cache" : name.equals("v") ? "1" : null));
    Mount.Cache cache = assertInstanceOf(Mount.Cache.class, expanded.mounts().getFirst());
    assertEquals("/c-1", cache.target());
    assertEquals("a,b", cache.id());
    refused("RUN --mount=from=$x,target=/a b", "2:5", "from= cannot have a variable");
    refused("RUN \\\n  --mount=type=cash,target=/a b", "3:3", "type=cash is not known");
    refused("RUN --mount=type=bind b", "2:5", "no target");
    refused("RUN --mount=type=bind,target=/a,sharing=locked b", "2:5", "no sharing");
    refused("RUN --mount=type=secret b", "2:5", "no id");
    refused("RUN --mount=tagret=/a b", "2:5", "no key 'tagret'");
    refused("RUN --mount=type=cache,target=/a,mode=999 b", "2:5", "not an octal");
    refused("RUN --mount=type=tmpfs,target=/a,size=lots b", "2:5", "not a size");
    refused("RUN --mount=\"target b", "2:5", "no key");
  }

  @Test
  void heredocsOfRunAreScriptsLinesOrInputOfTheShell() {
    assertEquals(
        new Run.Execution.ForShell("echo a\necho b\n"),
        only(Run.class, "RUN <<EOF\necho a\necho b\nEOF\n").execution());
    assertEquals(
        new Run.Execution.Script("SH", "#!/bin/sh\nid\n"),
        only(Run.class, "RUN <<-'SH'\n\t#!/bin/sh\n\tid\n\tSH\n").execution());
    assertEquals(
        new Run.Execution.ForShell("cat <<A 3<<-B > /x\n1 $a\nA\n\t2\nB"),
        only(Run.class, "RUN cat <<A 3<<-B > /x\n1 $a\nA\n\t2\n\tB\n").execution());
    assertEquals(
        new Run.Execution.Direct(List.of("echo", "<<EOF")),
        only(Run.class, "RUN [\"echo\", \"<<EOF\"]").execution());
    assertEquals(
        new Run.Execution.ForShell("echo '<<EOF'"),
        only(Run.class, "RUN echo '<<EOF'").execution());
    assertEquals(4, only("RUN <<A\n\nA").location().lastLine());
    refused("RUN <<EOF\necho", "2:1", "heredoc EOF is not closed");
  }

  @Test
  void heredocsOfCopyAreFiles() {
    Copy copy =
        only(
            Copy.class,
            "COPY --chmod=755 <<a.txt other <<-\"b.txt\" /dir/\n$x \"q\"\na.txt\n\t$x\n\tb.txt\n");
    assertEquals(List.of("other"), copy.sources());
    assertEquals("/dir/", copy.destination());
    assertEquals(
        List.of(
            new Heredoc("a.txt", true, false, 0, "$x \"q\"\n"),
            new Heredoc("b.txt", false, true, 0, "\t$x\n")),
        copy.files());
    Copy expanded = copy.expand(new Expansion('\\', _ -> "1"));
    assertEquals("1 \"q\"\n", expanded.files().getFirst().text());
    assertEquals("$x\n", expanded.files().getLast().text());
    refused("COPY a <<b\nb\n", "2:6", "heredoc as its destination");
    refused("COPY a", "2:6", "no destination");
  }

  @Test
  void copyAndAddHaveTheirFlags() {
    assertEquals(
        new Copy(
            only("COPY --from=0 --chown=1:2 --chmod=u+x --link --parents=true --exclude=*.o"
                    + " --exclude=*.a a b c/")
                .origin(),
            List.of("a", "b"),
            List.of(),
            "c/",
            Optional.of("0"),
            Optional.of("1:2"),
            Optional.of("u+x"),
            true,
            true,
            List.of("*.o", "*.a")),
        only(
            "COPY --from=0 --chown=1:2 --chmod=u+x --link --parents=true --exclude=*.o"
                + " --exclude=*.a a b c/"));
    Add add =
        only(Add.class, "ADD --unpack=false --keep-git-dir --checksum=sha256:$x [\"a b\", \"/\"]");
    assertEquals(List.of("[\"a", "b\","), only(Add.class, "ADD [\"a b\", \"/\"").sources());
    assertEquals(List.of("a b"), add.sources());
    assertEquals(Optional.of(false), add.unpack());
    assertEquals(Optional.of(true), add.keepGitDir());
    assertEquals(Optional.of("sha256:$x"), add.checksum());
    refused("COPY --form=0 a b", "2:6", "no flag '--form'");
    assertTrue(refused("FROM a\nCOPY --form=0 a b").remedy().contains("--from"));
    refused("COPY --link --link a b", "2:13", "twice");
    refused("COPY --link=maybe a b", "2:6", "neither true nor false");
    refused("COPY --from a b", "2:6", "no value");
    refused("COPY --from=$x a b", "2:6", "cannot have a variable");
    refused("ADD --from=0 a b", "2:5", "no flag");
  }

  @Test
  void healthchecksHaveTimes() {
    Healthcheck check =
        only(
            Healthcheck.class,
            "HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0 --retries=3 CMD a b");
    assertEquals(Duration.ofSeconds(90), check.interval());
    assertEquals(Duration.ofMillis(1500), check.timeout());
    assertEquals(Duration.ZERO, check.startPeriod());
    assertEquals(3, check.retries());
    assertEquals(Optional.of(new Command.ShellForm("a b")), check.command());
    assertEquals(Optional.empty(), only(Healthcheck.class, "HEALTHCHECK none").command());
    refused("HEALTHCHECK --interval=1 CMD a", "2:13", "not a time");
    refused("HEALTHCHECK --interval=1us CMD a", "2:13", "at least a millisecond");
    refused("HEALTHCHECK --retries=-1 CMD a", "2:13", "not a number");
    refused("HEALTHCHECK CMD", "2:13", "no command");
    refused("HEALTHCHECK TCP 80", "2:13", "neither CMD nor NONE");
    refused("HEALTHCHECK --interval=1s NONE", "2:13", "no flag");
  }

  @Test
  void onbuildKeepsItsTriggerAsText() {
    Onbuild onbuild = only(Onbuild.class, "onbuild  COPY <<a /x\nline\na\n");
    assertEquals("COPY <<a /x\nline\na", onbuild.trigger());
    Copy copy = assertInstanceOf(Copy.class, onbuild.instruction());
    assertEquals("line\n", copy.files().getFirst().content());
    Location from = new Location("Containerfile", 7, 7, 1);
    Instruction again = Containerfile.parseTrigger(onbuild.trigger(), from);
    assertEquals(copy.files(), assertInstanceOf(Copy.class, again).files());
    assertEquals(from, again.location());
    refused("ONBUILD FROM a", "2:9", "cannot delay FROM");
    refused("ONBUILD ONBUILD RUN a", "2:9", "cannot delay ONBUILD");
    refused("ONBUILD", "2:1", "no instruction");
    assertThrows(InvalidException.class, () -> Containerfile.parseTrigger("RUN a\nRUN b", from));
    assertThrows(InvalidException.class, () -> Containerfile.parseTrigger("FROM a", from));
    assertThrows(InvalidException.class, () -> Containerfile.parseTrigger("", from));
  }

  @Test
  void otherInstructionsHaveTheirArguments() {
    assertEquals(List.of("443/tcp", "80"), only(Expose.class, "EXPOSE 80 443/tcp").ports());
    assertEquals(List.of("/a", "/b c"), only(Volume.class, "VOLUME [\"/a\", \"/b c\"]").paths());
    assertEquals("/a b", only(Workdir.class, "WORKDIR /a b").path());
    assertEquals(
        List.of("/bin/bash", "-c"), only(Shell.class, "SHELL [\"/bin/bash\",\"-c\"]").arguments());
    assertEquals("A <b>", only(Maintainer.class, "MAINTAINER A <b>").maintainer());
    assertEquals(
        new Command.ExecForm(List.of()), only(Entrypoint.class, "ENTRYPOINT []").command());
    assertEquals(new Command.ShellForm("a | b"), only(Cmd.class, "CMD a | b").command());
    assertEquals(
        List.of("sh", "-c", "a | b"),
        only(Cmd.class, "CMD a | b").command().arguments(List.of("sh", "-c")));
    assertEquals(
        List.of(
            new Arg.Declaration("a", Optional.empty()),
            new Arg.Declaration("b", Optional.of("\"c d\""))),
        only(Arg.class, "ARG a b=\"c d\"").declarations());
    refused("SHELL /bin/sh", "2:7", "not a JSON array");
    refused("VOLUME [\"\"]", "2:8", "empty path");
    refused("CMD [\"a\", 1]", "2:5", "no string");
    refused("USER", "2:1", "no argument");
    refused("USER --root x", "2:6", "no flag");
  }

  @Test
  void escapeCommentsAndLineEndsAreAsTheReferenceSays() {
    Containerfile file =
        parse("\ufeff# escape=`\r\nFROM a\r\nRUN a `\r\n  # not this\r\n\r\n b \\`\r\n\tc\r\n");
    Run run = (Run) file.stages().getFirst().instructions().getFirst();
    assertEquals(new Command.ShellForm("a  b \\\tc"), run.command());
    assertEquals(3, run.location().firstLine());
    assertEquals(7, run.location().lastLine());
    assertEquals('`', file.directives().escape());
    assertEquals(
        List.of(Rule.NO_EMPTY_CONTINUATION), file.warnings().stream().map(Warning::rule).toList());
    assertEquals(
        List.of("about b"),
        parse("# gone\n#\n# about b\nFROM b").stages().getFirst().from().origin().comments());
    assertEquals(
        new Command.ShellForm("a \\\\"),
        only(Run.class, "RUN a \\\\\n").command(),
        "escaped escape");
  }

  @Test
  void directivesEndAtTheFirstLineThatIsNone() {
    assertEquals('\\', parse("\n# escape=`\nFROM a").directives().escape());
    assertEquals('\\', parse("# note\n# escape=`\nFROM a").directives().escape());
    assertEquals('`', parse("# Syntax = x y\n#escape = `\nFROM a").directives().escape());
    assertEquals("Containerfile:2:1", refused("# escape=`\n# escape=`\nFROM a").thing());
    assertTrue(refused("# escape=x\nFROM a").why().contains("'x'"));
    assertTrue(refused("# check=nonsense\nFROM a").why().contains("check"));
  }

  @Test
  void whatIsNoContainerfileIsRefusedWithItsPlace() {
    assertEquals("has no instructions", refused("").why());
    assertEquals("has no instructions", refused("# only\n\n").why());
    assertEquals("has no stage", refused("ARG a").why());
    assertTrue(refused("RUN a").why().contains("before the first FROM"));
    InvalidException typo = refused("FROM a\n  RUNN b");
    assertEquals("Containerfile:2:3", typo.thing());
    assertEquals("did you mean RUN?", typo.remedy());
    assertTrue(refused("FROM a b").why().contains("AS"));
    assertTrue(refused("FROM a AS 1b").why().contains("no name for a stage"));
    assertTrue(refused("FROM a\nRUN a\0b").why().contains("zero byte"));
    byte[] latin = "# caf\u00e9\nFROM a\nRUN \u00e9".getBytes(StandardCharsets.ISO_8859_1);
    InvalidException e =
        assertThrows(InvalidException.class, () -> Containerfile.parse(latin, "f"));
    assertEquals("f:3:5", e.thing());
    byte[] comment = "# caf\u00e9\nFROM a".getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(1, Containerfile.parse(comment, "f").stages().size());
    byte[] large = new byte[Containerfile.MAX_BYTES + 1];
    assertThrows(InvalidException.class, () -> Containerfile.parse(large, "f"));
  }

  @Test
  void errorsShowTheLineWithACaret() {
    String text = "FROM a\nRUN x \\\n\t--y\nCOPY \\\n  --form=b c d\n";
    InvalidException e = refused(text);
    assertFalse(e.getMessage().contains("\n"));
    assertEquals(
        "Containerfile:5:3\n  5 |   --form=b c d\n    |   ^\n",
        Excerpt.of(e, text).orElseThrow().replace("\t", " "));
    assertEquals(Optional.empty(), Excerpt.of(refused(""), ""));
    String several = Excerpt.of(new Location("f", 2, 3, 5), "a\nRUN \u001b[1m\n\tc\n");
    assertEquals("f:2:5\n  2 | RUN ?[1m\n    |     ^\n  3 |  c\n", several);
  }
}
