package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever the bytes are: a model or an InvalidException, soon. */
class ParserFuzzTest {
  private static final List<String> PIECES =
      List.of(
          "FROM ",
          "a AS b",
          "RUN ",
          "COPY ",
          "ADD ",
          "ENV ",
          "ARG ",
          "ONBUILD ",
          "LABEL ",
          "HEALTHCHECK ",
          "CMD ",
          "SHELL ",
          "VOLUME ",
          "EXPOSE ",
          "USER ",
          "WORKDIR ",
          "MAINTAINER ",
          "STOPSIGNAL ",
          "ENTRYPOINT ",
          "--mount=",
          "type=cache,",
          "target=/x",
          "--from=b ",
          "--link ",
          "--chmod=",
          "--interval=1h2.5m",
          "<<EOF",
          "<<-'EOF' ",
          "EOF",
          "\n",
          "\r\n",
          "\\\n",
          " \\ \n",
          "`\n",
          "# escape=`\n",
          "# check=skip=all;error=1\n",
          "#",
          " ",
          "\t",
          "\"",
          "'",
          "\\",
          "$",
          "${",
          "}",
          ":-",
          "//",
          "##",
          "%",
          "*",
          "?",
          "=",
          "a",
          "b=$a",
          "[\"x\", \"y\"]",
          "[",
          "]",
          ",",
          "{",
          "\ufeff",
          "\u00e9",
          "\ud83d\ude00",
          "\0",
          "NONE",
          "CMD",
          "\u00a0",
          "\u2028",
          "--",
          "<<");

  @Test
  void randomTextIsAModelOrInvalid() {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("ParserFuzzTest seed " + seed);
    Random random = new Random(seed);
    int models = 0;
    for (int i = 0; i < 10_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "FROM a\n" : "");
      for (int n = random.nextInt(25); n >= 0; n--) {
        text.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      if (random.nextInt(10) == 0 && bytes.length > 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      models += reads(bytes) ? 1 : 0;
    }
    assertTrue(models > 150, "only " + models + " of them were Containerfiles");
    byte[] noise = new byte[2000];
    for (int i = 0; i < 2000; i++) {
      random.nextBytes(noise);
      reads(noise);
    }
  }

  /** Parses, expands, and takes every derived form; says whether it was a Containerfile. */
  private static boolean reads(byte[] bytes) {
    Containerfile file;
    try {
      file = Containerfile.parse(bytes, "fuzz");
    } catch (InvalidException e) {
      String shown =
          Excerpt.of(e, new String(bytes, StandardCharsets.UTF_8)).orElse(e.getMessage());
      assertTrue(!shown.isEmpty());
      return false;
    }
    for (Stage stage : file.stages()) {
      try {
        GlobalScope global =
            GlobalScope.of(
                file, Map.of("a", "x"), Platform.host(), Platform.host(), Optional.empty());
        stage.from().expand(global.expansion());
        Scope scope = Scope.of(global, List.of("a=b c"));
        for (Instruction instruction : stage.instructions()) {
          Instruction expanded = scope.enter(instruction).instruction();
          if (expanded instanceof Run run) {
            run.execution();
            run.mounts();
          }
          if (expanded instanceof Onbuild onbuild) {
            Containerfile.parseTrigger(onbuild.trigger(), stage.from().location());
          }
        }
      } catch (InvalidException _) {
        // as it may be
      }
    }
    return true;
  }

  @Test
  void largeFilesTakeNoMoreThanTheirSize() {
    int most = Containerfile.MAX_BYTES / 8;
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          String all = "RUN a \\\n".repeat(Containerfile.MAX_BYTES / 8 - 10);
          assertTrue(reads(("FROM a\n" + all).getBytes(StandardCharsets.UTF_8)));
          for (String piece :
              List.of(
                  "ONBUILD ",
                  "a\n",
                  "RUN a\n",
                  "FROM a\n",
                  "FROM a AS b\n",
                  "\\\n",
                  "a \\\n",
                  "<<a ",
                  "EXPOSE 1\n",
                  "ENV a=b ",
                  "ENV a=\"",
                  "ARG a ",
                  "RUN --mount=target=/a,",
                  "\"",
                  "'",
                  "#\n",
                  "# a\n",
                  "LABEL a=\\\n\n",
                  "[",
                  "[\"a\",",
                  "COPY <<a b\na\n",
                  "VOLUME a ")) {
            int count = most / piece.length();
            reads(("FROM a\nRUN " + piece.repeat(count)).getBytes(StandardCharsets.UTF_8));
            reads(("FROM a\n" + piece.repeat(count)).getBytes(StandardCharsets.UTF_8));
          }
        });
  }
}
