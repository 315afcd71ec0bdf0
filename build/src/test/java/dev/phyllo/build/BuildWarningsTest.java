package dev.phyllo.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a build says of a Containerfile before and while it does what that says. */
class BuildWarningsTest {
  @TempDir Path directory;
  private Bench bench;

  @BeforeEach
  void open() throws IOException {
    bench = new Bench(directory);
    bench.file("f", "f");
  }

  private BuildRequest request(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("Containerfile"), text);
    return new BuildRequest(bench.context.toString()).file(file.toString());
  }

  @Test
  void variablesAndArgumentsThatNobodyKnowsAreWarnedOfInTheOrderOfTheirUse() throws IOException {
    bench.build(
        request("FROM scratch\nARG version\nLABEL v=$vresion\nCOPY f /\n").argument("verion", "1"));
    List<String> warnings =
        bench.events.stream().filter(event -> event.startsWith("warning: ")).toList();
    assertEquals(2, warnings.size(), warnings.toString());
    assertTrue(warnings.getFirst().contains("verion: did you mean version?"), warnings.toString());
    assertTrue(warnings.getLast().contains("$vresion: did you mean version?"), warnings.toString());
  }

  @Test
  void warningsFailTheBuildIfTheFileAsksForIt() throws IOException {
    BuildRequest undefined = request("# check=error=true\nFROM scratch\nLABEL v=$x\nCOPY f /\n");
    InvalidException late = assertThrows(InvalidException.class, () -> bench.build(undefined));
    assertTrue(late.getMessage().contains("UndefinedVar"), late.getMessage());
    BuildRequest old = request("# check=error=true\nFROM scratch\nENV a b\nCOPY f /\n");
    InvalidException early = assertThrows(InvalidException.class, () -> bench.build(old));
    assertTrue(early.getMessage().contains("LegacyKeyValueFormat"), early.getMessage());
    bench.build(request("# check=error=true;skip=UndefinedVar\nFROM scratch\nLABEL v=$x\n"));
  }

  @Test
  void aStageBelowIsNoSourceAndNothingIsBuiltBeforeThatIsSaid() throws IOException {
    BuildRequest request =
        request("FROM scratch\nCOPY gone /\nCOPY --from=b f /\nFROM scratch AS b\nCOPY f /\n");
    InvalidException e =
        assertThrows(InvalidException.class, () -> bench.build(request.target("0")));
    assertTrue(e.getMessage().contains("the stage b comes only below"), e.getMessage());
  }

  @Test
  void whateverFailsShowsItsLine() throws IOException {
    BuildRequest parsing = request("FROM scratch\n  COPPY f /\n");
    assertThrows(InvalidException.class, () -> bench.build(parsing));
    assertTrue(
        bench.events.getLast().endsWith(":2:3\n  2 |   COPPY f /\n    |   ^\n"),
        bench.events.toString());
    BuildRequest building = request("FROM scratch\nCOPY \\\n gone /\n");
    assertThrows(NotFoundException.class, () -> bench.build(building));
    assertTrue(
        bench.events.getLast().endsWith(":2:1\n  2 | COPY \\\n    | ^\n  3 |  gone /\n"),
        bench.events.toString());
  }
}
