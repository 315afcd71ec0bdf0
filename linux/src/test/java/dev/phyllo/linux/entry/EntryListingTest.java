package dev.phyllo.linux.entry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the listings against a disassembler that knows nothing of them. */
class EntryListingTest {
  /** {@code 1e0:\t48 85 d2 \ttest rdx,rdx}. */
  private static final Pattern LINE =
      Pattern.compile("\\s+([0-9a-f]+):\\t[0-9a-f ]+\\t(\\S+)\\s*(.*)");

  private static final Pattern JUMP = Pattern.compile("(.*?)([0-9a-f]+) <.*");

  @TempDir Path directory;

  private record Instruction(long address, String mnemonic, String operands) {}

  @Test
  void objdumpReadsTheX64ListingAsItIsWritten() throws Exception {
    Entry entry = EntryX64.assemble();
    compare(entry, List.of("objdump", "-M", "intel"));
  }

  @Test
  void objdumpReadsTheA64ListingAsItIsWritten() throws Exception {
    Entry entry = EntryA64.assemble();
    compare(entry, List.of("aarch64-linux-gnu-objdump"));
  }

  private void compare(Entry entry, List<String> disassembler) throws Exception {
    Path object = directory.resolve("entry.so");
    Files.write(object, BuildEntry.sharedObject(entry));
    List<String> command = new ArrayList<>(disassembler);
    command.addAll(List.of("-d", object.toString()));
    String tool = disassembler.getFirst();
    assumeTrue(isInstalled(tool), tool + " is not installed");
    List<Instruction> seen = new ArrayList<>();
    for (String line : run(command).lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        String operands = matcher.group(3).replaceAll("\\s+(# |// ).*", "").strip();
        long address = Long.parseLong(matcher.group(1), 16);
        seen.add(new Instruction(address, matcher.group(2), operands));
      }
    }
    List<Assembler.Line> written = entry.code().lines();
    assertEquals(written.size(), seen.size(), "instructions");
    long base = seen.getFirst().address();
    for (int i = 0; i < written.size(); i++) {
      Assembler.Line expected = written.get(i);
      Instruction found = seen.get(i);
      String where = "instruction " + i + ": " + expected;
      assertEquals(base + expected.offset(), found.address(), where);
      assertEquals(expected.mnemonic(), found.mnemonic(), where);
      assertEquals(
          resolve(entry, expected),
          withoutSymbol(found.operands().replace("w10, #0", "x10, #0")),
          where);
    }
  }

  /** The operands with a label's name replaced by what objdump shows: its address. */
  private static String resolve(Entry entry, Assembler.Line line) {
    String operands = line.operands();
    for (Assembler.Label label : entry.code().labels()) {
      if (operands.equals(label.name) || operands.endsWith(", " + label.name)) {
        String start = operands.substring(0, operands.length() - label.name.length());
        return start + Long.toHexString(label.address());
      }
      operands = operands.replace("[rip+" + label.name + "]", "[rip+?]");
    }
    return operands
        .replaceAll(", cell$", ", " + Long.toHexString(entry.cell().address()))
        .replace("[rip+cell]", "[rip+?]");
  }

  private static String withoutSymbol(String operands) {
    Matcher jump = JUMP.matcher(operands);
    String plain = jump.matches() ? jump.group(1) + jump.group(2) : operands;
    return plain.replaceAll("\\[rip\\+0x[0-9a-f]+\\]", "[rip+?]");
  }

  @Test
  void objdumpReadsTheSecondStagesAsTheyAreWritten() throws Exception {
    Assembler.Label start = new Assembler.Label("start");
    compareStage(EntryX64.stage(start).lines(), StageProgram.x64(), X64_TOOL);
    compareStage(EntryA64.stage(start).lines(), StageProgram.a64(), A64_TOOL);
  }

  @Test
  void objdumpReadsTheKeepersAsTheyAreWritten() throws Exception {
    compareStage(KeeperProgram.listing(false), KeeperProgram.of(false), X64_TOOL);
    compareStage(KeeperProgram.listing(true), KeeperProgram.of(true), A64_TOOL);
  }

  private static final String X64_TOOL = "objdump";
  private static final String A64_TOOL = "aarch64-linux-gnu-objdump";

  /** They have no sections: what is disassembled is the code by its place in the file. */
  private void compareStage(List<Assembler.Line> written, byte[] program, String tool)
      throws Exception {
    String machine = tool.equals(X64_TOOL) ? "i386:x86-64" : "aarch64";
    if (!isInstalled(tool)) {
      return;
    }
    java.nio.ByteBuffer elf =
        java.nio.ByteBuffer.wrap(program).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int from = (int) (elf.getLong(24) - elf.getLong(64 + 16)); // entry less address
    Path code = directory.resolve("stage");
    Files.write(code, java.util.Arrays.copyOfRange(program, from, program.length));
    List<String> command = new ArrayList<>(List.of(tool, "-D", "-b", "binary", "-m", machine));
    if (machine.startsWith("i386")) {
      command.addAll(List.of("-M", "intel"));
    }
    command.add(code.toString());
    List<String> seen = new ArrayList<>();
    for (String line : run(command).lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        seen.add(matcher.group(1) + " " + matcher.group(2));
      }
    }
    List<String> expected = new ArrayList<>();
    for (Assembler.Line line : written) {
      expected.add(Integer.toHexString(line.offset()) + " " + line.mnemonic());
    }
    // What follows the code is data.
    assertEquals(expected, seen.subList(0, Math.min(expected.size(), seen.size())));
  }

  @Test
  void everyAddressRelativeToTheProgramCounterMeetsItsLabel() throws Exception {
    Path object = directory.resolve("entry.so");
    Entry entry = EntryX64.assemble();
    Files.write(object, BuildEntry.sharedObject(entry));
    assumeTrue(isInstalled("objdump"), "objdump is not installed");
    String text = run(List.of("objdump", "-d", "-M", "intel", object.toString()));
    String cell = "# " + Long.toHexString(entry.cell().address()) + " ";
    assertEquals(2, text.lines().filter(line -> line.contains(cell)).count(), text);
  }

  @Test
  void theObjectsAreSmallAndAskForNoExecutableStack() throws Exception {
    for (Entry entry : List.of(EntryX64.assemble(), EntryA64.assemble())) {
      byte[] bytes = BuildEntry.sharedObject(entry);
      assertTrue(bytes.length < 2048, "size " + bytes.length);
      assumeTrue(isInstalled("readelf"), "readelf is not installed");
      Path object = directory.resolve("entry.so");
      Files.write(object, bytes);
      String headers = run(List.of("readelf", "-lW", object.toString()));
      assertTrue(headers.contains("R E 0x10000"), headers);
      assertTrue(headers.lines().anyMatch(l -> l.contains("GNU_STACK") && l.contains("RW ")));
      assertTrue(headers.lines().noneMatch(l -> l.contains("RWE")), headers);
    }
  }

  static boolean isInstalled(String tool) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, tool))) {
        return true;
      }
    }
    return false;
  }

  static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
