package dev.phyllo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.UsageException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static Arguments run(String... words) {
    return Arguments.parse("run", new RunCommand().syntax(), words);
  }

  @Test
  void whatFollowsTheImageBelongsToTheContainer() {
    Arguments a = run("--rm", "-i", "-e", "A=1", "--env=B=2", "image", "sh", "-c", "--rm", "-e");
    assertTrue(a.has("rm"));
    assertTrue(a.has("interactive"));
    assertEquals(List.of("A=1", "B=2"), a.values("env"));
    assertEquals(List.of("image", "sh", "-c", "--rm", "-e"), a.words());
  }

  @Test
  void quotesInValuesAreKept() {
    assertEquals(List.of("A=\"x\""), run("-e", "A=\"x\"", "image").values("env"));
    assertEquals(List.of("\"x\""), run("-e", "\"x\"", "image").values("env"));
  }

  @Test
  void anOptionThatDoesNotExistIsAWrongCommandLineWithASuggestion() {
    UsageException e = assertThrows(UsageException.class, () -> run("--read-onyl", "image"));
    assertEquals("did you mean --read-only?", e.remedy());
    assertThrows(UsageException.class, () -> run("-Z", "image"));
  }

  @Test
  void longOptionsAreNotAbbreviated() {
    assertThrows(UsageException.class, () -> run("--read", "image"));
  }

  @Test
  void anOptionWithoutItsValueIsAWrongCommandLine() {
    assertThrows(UsageException.class, () -> run("--rm", "-e"));
  }

  @Test
  void tooFewWordsAreAWrongCommandLineButNotWhenHelpIsAsked() {
    assertThrows(UsageException.class, () -> run("--rm"));
    assertTrue(run("--help").has("help"));
  }

  @Test
  void optionsMayFollowWordsWhereNoContainerDoes() {
    Arguments a =
        Arguments.parse("images", new ImagesCommand().syntax(), new String[] {"busybox", "-q"});
    assertTrue(a.has("quiet"));
    assertEquals(List.of("busybox"), a.words());
    assertFalse(a.has("digests"));
  }

  @Test
  void everyCommandOfTheHelpExistsAndHasASummary() {
    for (Commands.Entry e : Commands.LIST) {
      Command command = Objects.requireNonNull(Commands.find(e.name()), e.name());
      assertFalse(command.syntax().summary().isEmpty());
      assertTrue(command.syntax().usage().startsWith(e.name()), e.name());
      assertTrue(Help.of(command.syntax()).contains("--help"), e.name());
      assertTrue(Help.ofAll().contains(e.summary()), e.name());
    }
  }
}
