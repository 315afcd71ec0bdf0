package dev.phyllo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.SyscallStep;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExplainTest {
  private record Slow(String subject) implements Step {
    @Override
    public String verb() {
      return "sync";
    }

    @Override
    public Map<String, String> details() {
      return Map.of("nanos", "1234567890");
    }
  }

  @Test
  void callsStandBelowWhatTheyAreForAndTimesAreStraces() {
    String text =
        told(
            false,
            new Slow("/store"),
            call("enter", "pivot_root", 0),
            call("enter", "umount2", 0),
            call("", "chdir", -Errno.ENOENT));
    assertEquals(
        """
        sync     /store  <1.234567>
          # enter
          pivot_root(".") = 0 <0.000012>
          umount2(".") = 0 <0.000012>
          chdir(".") = -1 ENOENT (No such file or directory) <0.000012>
        """,
        text);
  }

  @Test
  void jsonHasTheDocumentedFieldsOneObjectALine() {
    String text = told(true, new Slow("/store"), call("enter", "chdir", -Errno.ENOENT));
    List<String> lines = text.lines().toList();
    assertEquals(2, lines.size());
    JsonObject step = parse(lines.get(0));
    assertEquals("step", step.requireString("kind"));
    assertEquals("sync", step.requireString("verb"));
    assertEquals("/store", step.requireString("subject"));
    assertEquals(Map.of("nanos", "1234567890"), step.stringMap("details"));
    assertTrue(step.has("seconds"));
    JsonObject call = parse(lines.get(1));
    assertEquals("syscall", call.requireString("kind"));
    assertEquals(List.of("\".\""), call.strings("arguments"));
    assertEquals(-1, call.requireNumber("result"));
    assertEquals("ENOENT", call.requireString("error"));
    assertEquals(12_000, call.requireNumber("nanos"));
    assertEquals("enter", call.requireString("for"));
  }

  private static SyscallStep call(String note, String name, long result) {
    return new SyscallStep(note, name, List.of("\".\""), result, 12_000);
  }

  private static JsonObject parse(String line) {
    return JsonCodec.parseObject(line.getBytes(StandardCharsets.UTF_8), "a line");
  }

  private static String told(boolean json, Step... steps) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      Explain explain = new Explain(json);
      for (Step step : steps) {
        explain.done(step);
      }
    } finally {
      System.setErr(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
