package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output that is kept in files which follow one another, with a keeper of the test's own. */
class LogFilesTest {
  private static final int SEGMENT = 1000;
  private static final int FILES = 3;

  @TempDir Path dir;
  private LogFiles files;
  private long number;
  private final StringBuilder written = new StringBuilder();

  @BeforeEach
  void open() throws IOException {
    files = new LogFiles(dir, new LogSpec("json-file", SEGMENT, FILES));
    Files.createDirectories(files.current(0).getParent());
    Files.createFile(files.current(0));
    Files.createFile(files.current(1));
  }

  /** As {@code KeeperProgram} does. */
  private void write(String text) throws IOException {
    written.append(text);
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    for (byte b : bytes) {
      Files.write(files.current(0), new byte[] {b}, StandardOpenOption.APPEND);
      if (Files.size(files.current(0)) == SEGMENT) {
        Files.deleteIfExists(files.full(0, Math.max(0, number - FILES + 1)));
        Files.move(files.current(0), files.full(0, number++));
        Files.createFile(files.current(0));
      }
    }
  }

  private static List<String> lines(Output output, boolean last) {
    List<String> lines = new ArrayList<>();
    output.lines(last, line -> lines.add(new String(line.bytes(), StandardCharsets.US_ASCII)));
    return lines;
  }

  /** The whole lines of the last bytes. */
  private List<String> expected() {
    String all = written.toString();
    int from = (int) Math.max(0, number - FILES + 1) * SEGMENT;
    if (from > 0) {
      from = all.indexOf('\n', from) + 1;
    }
    return List.of(all.substring(from).split("(?<=\n)", -1)).stream()
        .filter(s -> !s.isEmpty())
        .toList();
  }

  @Test
  void whoIsAttachedSeesTheLastWordOfAContainerThatIsGone() throws IOException {
    for (LogSpec spec : List.of(LogSpec.DEFAULT, new LogSpec("json-file", SEGMENT, FILES))) {
      LogFiles own = new LogFiles(Files.createDirectory(dir.resolve("own")), spec);
      try (Output output = new Output(own)) {
        output.keepAll();
        for (int stream = 0; stream < 2; stream++) {
          Files.writeString(own.current(stream), "last word", StandardOpenOption.APPEND);
        }
        dev.phyllo.snapshots.TreeRemoval.remove(dir.resolve("own"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        output.copy(out, err);
        assertEquals("last word last word", out + " " + err);
      }
    }
  }

  @Test
  void everyLineThatIsWholeInWhatIsKeptIsReadOnce() throws IOException {
    for (int i = 0; i < 700; i++) {
      write("line " + i + "\n");
    }
    assertTrue(number > FILES);
    try (Output output = new Output(files)) {
      assertEquals(expected(), lines(output, true));
      assertEquals(List.of(), lines(output, true));
    }
    assertEquals(number * SEGMENT + Files.size(files.current(0)), files.size(0));
  }

  @Test
  void whoFollowsReadsOnThroughNewFiles() throws IOException {
    List<String> seen = new ArrayList<>();
    try (Output output = new Output(files)) {
      for (int i = 0; i < 400; i++) {
        write("line " + i + (i % 3 == 0 ? "" : "\n"));
        if (i % 7 == 0) {
          seen.addAll(lines(output, false));
        }
      }
      seen.addAll(lines(output, true));
    }
    assertEquals(written.toString(), String.join("", seen));
  }

  @Test
  void whoFollowsTooSlowlyMissesWholeLinesAndNoPartOfOne() throws IOException {
    List<String> seen = new ArrayList<>();
    try (Output output = new Output(files)) {
      write("first\nunfinished");
      seen.addAll(lines(output, false));
      for (int i = 0; i < 900; i++) {
        write("line " + i + "\n");
      }
      seen.addAll(lines(output, true));
    }
    assertEquals("first\n", seen.removeFirst());
    // Its file stayed readable although it was removed; what came after is what is kept.
    List<String> kept = expected();
    assertEquals(kept, seen.subList(seen.size() - kept.size(), seen.size()));
    for (String line : seen) {
      assertTrue(line.matches("(unfinished)?line \\d+\n"), line);
    }
  }

  @Test
  void whatIsAttachedBeginsAtTheEnd() throws IOException {
    write("x".repeat(2500));
    try (Output output = new Output(files)) {
      output.skip();
      write("y".repeat(1200));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      output.copy(out, out);
      assertArrayEquals("y".repeat(1200).getBytes(StandardCharsets.US_ASCII), out.toByteArray());
    }
  }

  @Test
  void whatWasOpenedAsItCameIsReadAlthoughItWasRemoved() throws IOException {
    write("before\n");
    try (Output output = new Output(files)) {
      output.skip();
      output.keepAll();
      int from = written.length();
      for (int i = 0; i < 900; i++) {
        write("line " + i + "\n");
        output.openAhead();
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      output.copy(out, out);
      assertEquals(written.substring(from), out.toString(StandardCharsets.US_ASCII));
      assertFalse(output.hasMissed());
    }
  }

  @Test
  void whatWasMissedIsTold() throws IOException {
    try (Output output = new Output(files)) {
      output.skip();
      write("x".repeat(5500));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      output.copy(out, out);
      assertEquals(2500, out.size());
      assertTrue(output.hasMissed());
    }
  }

  @Test
  void aFileThatWasLeftFullGetsItsNumber() throws IOException {
    write("x".repeat(2500));
    Files.writeString(files.current(0), "y".repeat(500), StandardOpenOption.APPEND);
    files.closeFull();
    assertEquals(3000, files.size(0));
    assertEquals(3, files.numbers(0)[1]);
    assertEquals(SEGMENT, Files.size(files.full(0, 2)));
  }

  @Test
  void theIndexForgetsWhatWasRemoved() throws IOException {
    LogTimes times = new LogTimes(files);
    for (int i = 0; i < 6000; i++) {
      write("l\n");
      times.note();
    }
    List<LogTimes.Mark> marks = LogTimes.read(files);
    assertTrue(marks.size() < 4200, marks.size() + " marks");
    assertEquals(12_000, marks.getLast().end());
    assertTrue(marks.getFirst().end() < (number - FILES + 1) * SEGMENT + SEGMENT);
  }
}
