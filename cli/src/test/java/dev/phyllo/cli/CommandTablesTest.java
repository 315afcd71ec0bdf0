package dev.phyllo.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Help, completion and the manual come from one set of tables, and the tables are sound. */
class CommandTablesTest {
  @TempDir Path dir;

  static Stream<String> commands() {
    return Commands.LIST.stream().map(Commands.Entry::name);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasASummaryAndExamplesThatParse(String name) {
    Command command = Commands.find(name);
    assertNotNull(command, name);
    Syntax syntax = command.syntax();
    assertFalse(syntax.summary().isBlank());
    assertTrue(syntax.usage().startsWith(name), syntax.usage());
    assertFalse(syntax.examples().isEmpty(), name + " has no example");
    boolean shown = false;
    for (String example : syntax.examples()) {
      for (List<String> call : calls(example)) {
        shown |= parse(example, call).equals(name);
      }
    }
    assertTrue(shown, "no example of " + name + " calls it");
  }

  @Test
  void subcommandsAndWhatWordsNameAreReadFromTheUsage() {
    assertEquals(
        List.of("ls", "tree", "info"), UsageWords.subcommands("snapshot ls|tree|info KEY"));
    assertEquals(
        List.of("create", "inspect"),
        UsageWords.subcommands("layer create [OPTIONS] DIR -o FILE | layer inspect FILE..."));
    assertEquals(List.of(), UsageWords.subcommands("run [OPTIONS] IMAGE [COMMAND] [ARG...]"));
    assertEquals(List.of("images", "containers"), UsageWords.kinds("which IMAGE|CONTAINER PATH"));
  }

  @Test
  void theManualIsFreeOfRoffErrors() throws Exception {
    Path page = dir.resolve("phyllo.1");
    Files.writeString(page, ManCommand.page());
    for (Commands.Entry e : Commands.LIST) {
      assertTrue(ManCommand.page().contains("\\fBphyllo " + e.name()), e.name());
    }
    // -z: no output but complaints; all of them.
    assertEquals("", output(List.of("groff", "-man", "-ww", "-z", "-Kutf8", page.toString())));
  }

  @Test
  void bashCompletesCommandsOptionsAndSubcommands() throws Exception {
    Path script = dir.resolve("completion.bash");
    Files.writeString(script, print("bash"));
    assertEquals("images", completed(script, "phyllo", "images").strip());
    assertEquals("--no-unpack", completed(script, "phyllo", "load", "--no-u").strip());
    assertEquals(
        "--no-unpack", completed(script, "phyllo", "--root", "x", "load", "--no-u").strip());
    assertEquals("flatten", completed(script, "phyllo", "mutate", "fl").strip());
  }

  @Test
  void zshTakesItsScript() throws Exception {
    Path script = dir.resolve("_phyllo");
    Files.writeString(script, print("zsh"));
    assertEquals("", output(List.of("zsh", "-f", "-n", script.toString())));
  }

  private static String print(String shell) {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    java.io.PrintStream before = System.out;
    System.setOut(new java.io.PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      assertEquals(0, Main.run(new String[] {"completion", shell}));
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static String completed(Path script, String... words) throws Exception {
    String line =
        "source "
            + script
            + "; COMP_WORDS=("
            + String.join(" ", words)
            + "); COMP_CWORD="
            + (words.length - 1)
            + "; _phyllo; printf '%s\\n' \"${COMPREPLY[@]}\"";
    return output(List.of("bash", "--norc", "-c", line));
  }

  private static String output(List<String> command) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, command.getFirst() + " is not here");
      return "";
    }
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    return text;
  }

  /** Parses a call as Main does; returns the command. */
  private static String parse(String example, List<String> call) {
    int at = 0;
    while (at < call.size() && call.get(at).startsWith("-")) {
      String word = call.get(at);
      boolean valued =
          GlobalOptions.LIST.stream()
              .anyMatch(e ->
                  (e.name().equals(word) || e.letter().equals(word))
                      && !e.argument().isEmpty()
                      && !e.argument().startsWith("["));
      at += valued ? 2 : 1;
    }
    assertTrue(at < call.size(), example);
    String name = call.get(at);
    Command command = Commands.find(name);
    assertNotNull(command, example);
    String[] words = call.subList(at + 1, call.size()).toArray(String[]::new);
    assertDoesNotThrow(() -> Arguments.parse(name, command.syntax(), words), example);
    return name;
  }

  /** The words behind each phyllo of a line of shell: redirections and other programs left out. */
  private static List<List<String>> calls(String example) {
    List<List<String>> calls = new ArrayList<>();
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    int nested = 0;
    for (char c : (example + " ;").toCharArray()) {
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        begun = true;
      } else if (c == '(') {
        nested++;
        word.append(c);
        begun = true;
      } else if (c == ')') {
        nested--;
        word.append(c);
      } else if (nested == 0 && (Character.isWhitespace(c) || c == '|' || c == ';' || c == '&')) {
        if (begun) {
          words.add(word.toString());
          word.setLength(0);
          begun = false;
        }
        if (!Character.isWhitespace(c)) {
          add(calls, words);
          words = new ArrayList<>();
        }
      } else {
        word.append(c);
        begun = true;
      }
    }
    // What stands in <(…) or $(…) is a call too.
    int open = example.indexOf("(phyllo ");
    if (open >= 0) {
      calls.addAll(calls(example.substring(open + 1, example.indexOf(')', open))));
    }
    return calls;
  }

  private static void add(List<List<String>> calls, List<String> words) {
    int at = words.indexOf("phyllo");
    if (at < 0) {
      return;
    }
    List<String> call = new ArrayList<>();
    for (int i = at + 1; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals(">") || word.equals("<") || word.equals(">>")) {
        i++;
      } else if (!word.startsWith(">") && !word.startsWith("2>")) {
        call.add(word);
      }
    }
    assertFalse(call.isEmpty(), () -> Arrays.toString(words.toArray()));
    calls.add(call);
  }
}
