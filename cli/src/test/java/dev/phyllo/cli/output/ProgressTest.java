package dev.phyllo.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Work;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final String LAYER = "sha256:" + "0123456789abcdef".repeat(4);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long now;

  @Test
  void longWorkHasALineWithItsRateAndWhatIsThereAlreadyIsSaid() throws Exception {
    try (Progress progress = new Progress(out, false, 0, () -> now)) {
      try (Work work = progress.begin(Work.Kind.RECEIVE, LAYER, 4_000_000)) {
        assertEquals(
            4_000_000,
            work.count(new ByteArrayInputStream(new byte[4_000_000])).readAllBytes().length);
        now += 2_000_000_000L;
        work.done();
      }
      try (Work work = progress.begin(Work.Kind.UNPACK, LAYER, 4_000_000)) {
        work.present();
      }
    }
    assertEquals("0123456789ab  received  4MB  2MB/s\n0123456789ab  exists  4MB\n", text());
  }

  @Test
  void shortWorkOrWorkThatFailedLeavesNoLineInALog() {
    try (Progress progress = new Progress(out, false, 0, () -> now)) {
      try (Work work = progress.begin(Work.Kind.WRITE, LAYER, 10)) {
        work.done();
      }
      now += 5_000_000_000L;
      try (Work work = progress.begin(Work.Kind.SEND, LAYER, 10)) {
        work.advance(5);
      }
    }
    assertEquals("", text());
  }

  @Test
  void onATerminalABarShowsHowFarItIsAndGoesAwayInTheEnd() throws Exception {
    try (Progress progress = new Progress(out, true, 60, System::nanoTime);
        Work work = progress.begin(Work.Kind.UNPACK, "a\u001bname", 100)) {
      work.advance(50);
      for (int i = 0; i < 100 && !text().contains("50B/100B"); i++) {
        Thread.sleep(20);
      }
      work.done();
    }
    String shown = text();
    assertTrue(shown.contains("a\\x1bname  unpacking  [===========>            ]"), shown);
    int end = shown.lastIndexOf("a\\x1bname  unpacked  50B");
    assertTrue(end > 0, shown);
    assertFalse(shown.substring(end).contains("unpacking"), shown);
    for (String line : shown.split("\n", -1)) {
      assertTrue(line.replaceAll("\u001b\\[[0-9]*[A-Z]", "").length() < 60, line);
    }
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
