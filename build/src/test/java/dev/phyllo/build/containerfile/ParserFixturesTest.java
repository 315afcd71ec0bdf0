package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The form of instructions is what the cases of the Dockerfile reference's parser say. */
class ParserFixturesTest {
  @TestFactory
  List<DynamicTest> everyCaseHasTheFormItsResultSays() throws IOException {
    return cases("testfiles", ParserFixturesTest::check);
  }

  private static void check(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    byte[] bytes = Files.readAllBytes(directory.resolve("Dockerfile"));
    FileParser.of(bytes, "Dockerfile").read(node -> lines.add(form(node)));
    String expected = Files.readString(directory.resolve("result")).strip();
    assertEquals(expected, String.join("\n", lines));
  }

  @TestFactory
  List<DynamicTest> everyNegativeCaseIsRefused() throws IOException {
    return cases(
        "testfiles-negative",
        directory -> {
          byte[] bytes = Files.readAllBytes(directory.resolve("Dockerfile"));
          assertThrows(
              InvalidException.class,
              () -> FileParser.of(bytes, "Dockerfile").read(_ -> {}),
              "accepted");
        });
  }

  @Test
  void instructionsKnowTheirLines() throws IOException {
    Path file = Fixtures.directory("dockerfile-parser").resolve("testfile-line/Dockerfile");
    List<Node> nodes = new ArrayList<>();
    FileParser.of(Files.readAllBytes(file), "Dockerfile").read(nodes::add);
    assertEquals(
        List.of("5-5", "11-12", "17-31"),
        nodes.stream()
            .map(node -> node.origin().location())
            .map(location -> location.firstLine() + "-" + location.lastLine())
            .toList());
  }

  private interface Case {
    void check(Path directory) throws IOException;
  }

  private static List<DynamicTest> cases(String name, Case check) throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> all = Files.list(Fixtures.directory("dockerfile-parser").resolve(name))) {
      for (Path directory : all.sorted().toList()) {
        tests.add(
            DynamicTest.dynamicTest(
                directory.getFileName().toString(), () -> check.check(directory)));
      }
    }
    assertFalse(tests.isEmpty());
    return tests;
  }

  /** As the cases write it: {@code (keyword ["--flag"] "argument")}. */
  private static String form(Node node) {
    StringBuilder form = new StringBuilder("(");
    form.append(node.origin().keyword().toLowerCase(Locale.ROOT));
    if (!node.flags().isEmpty()) {
      form.append(" [")
          .append(String.join(" ", node.flags().stream().map(flag -> quoted(flag.text())).toList()))
          .append(']');
    }
    if (node.child() != null) {
      form.append(' ').append(form(node.child()));
    }
    for (String argument : node.arguments()) {
      form.append(' ').append(quoted(argument));
    }
    return form.append(')').toString();
  }

  private static String quoted(String s) {
    StringBuilder quoted = new StringBuilder("\"");
    s.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> quoted.append("\\\"");
            case '\\' -> quoted.append("\\\\");
            case '\b' -> quoted.append("\\b");
            case '\f' -> quoted.append("\\f");
            case '\n' -> quoted.append("\\n");
            case '\r' -> quoted.append("\\r");
            case '\t' -> quoted.append("\\t");
            case 0 -> quoted.append("\\x00");
            default -> quoted.appendCodePoint(c);
          }
        });
    return quoted.append('"').toString();
  }
}
