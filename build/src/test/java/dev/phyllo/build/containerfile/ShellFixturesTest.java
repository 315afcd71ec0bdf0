package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Words expand to what the cases of the Dockerfile reference's shell say. */
class ShellFixturesTest {
  private static final Map<String, String> VARIABLES =
      Map.of("PWD", "/home", "SHELL", "bash", "KOREAN", "한국어", "NULL", "");

  @TestFactory
  List<DynamicTest> everyWordExpandsAsItsCaseSays() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    List<String> lines =
        Files.readAllLines(Fixtures.directory("dockerfile-shell").resolve("envVarTest"));
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("#") || line.isBlank()) {
        continue;
      }
      // The last bar: a word has none, but what it expands to never has one either.
      String[] fields = line.split("\\|", -1);
      assertEquals(3, fields.length, line);
      if (fields[0].strip().equals("W")) {
        continue; // for file systems in which names differ by more than case
      }
      String word = fields[1].strip();
      String expected = fields[2].strip();
      tests.add(
          DynamicTest.dynamicTest(
              (i + 1) + ": " + word,
              () ->
                  assertEquals(
                      expected,
                      result(() -> Expansion.expand(word, '\\', Variables.of(VARIABLES))))));
    }
    assertTrue(tests.size() > 150, "only " + tests.size() + " cases");
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyTextHasTheWordsItsCaseSays() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Map<String, String> variables = new LinkedHashMap<>();
    List<String> lines =
        Files.readAllLines(Fixtures.directory("dockerfile-shell").resolve("wordsTest"));
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("ENV ")) {
        int equals = line.indexOf('=');
        variables.put(line.substring(4, equals), line.substring(equals + 1));
        continue;
      }
      Map<String, String> now = Map.copyOf(variables);
      int bar = line.indexOf('|');
      String text = line.substring(0, bar).strip();
      String expected = line.substring(bar + 1).stripLeading();
      tests.add(
          DynamicTest.dynamicTest(
              (i + 1) + ": " + text, () -> assertEquals(expected, result(() -> words(text, now)))));
    }
    assertTrue(tests.size() > 20, "only " + tests.size() + " cases");
    return tests;
  }

  private static String words(String text, Map<String, String> variables) {
    return String.join(",", new Expansion('\\', Variables.of(variables)).words(text));
  }

  private static String result(Supplier<String> expansion) {
    try {
      return expansion.get();
    } catch (InvalidException _) {
      return "error";
    }
  }
}
