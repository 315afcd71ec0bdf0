package dev.phyllo.linux.entry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.linux.entry.Assembler.Label;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the walk of a plan by itself, as a program without a C library: for aarch64 under qemu,
 * which has no clone3, so the walk is entered directly.
 */
class WalkTest {
  /** Offsets in the data: the descriptor's cell, the plan, its records, two strings. */
  private static final int PLAN = 16;

  private static final int RECORDS = PLAN + PlanFormat.PLAN_SIZE;
  private static final int STRINGS = RECORDS + 8 * PlanFormat.STEP_SIZE;
  private static final long BASE = 0x400000;
  private static final int EBADF = 9;

  @TempDir Path directory;

  @Test
  void a64WalkCopiesResultsSkipsToleratedErrorsAndStopsAtTheFirstOther() throws Exception {
    assumeTrue(
        EntryListingTest.isInstalled("qemu-aarch64-static"),
        "qemu-aarch64-static is not installed");
    Entry entry = EntryA64.assemble();
    A64 a = (A64) entry.code();
    Label start = a.label("start");
    Label plan = a.label("plan");
    a.bind(start);
    a.adr(4, plan);
    a.branch(entry.child());
    byte[] program = program(entry, start, plan, 64, 57, 94, 23);
    assertRuns(List.of("qemu-aarch64-static"), program);
  }

  @Test
  void x64WalkCopiesResultsSkipsToleratedErrorsAndStopsAtTheFirstOther() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "not an x86-64 machine");
    Entry entry = EntryX64.assemble();
    X64 a = (X64) entry.code();
    Label start = a.label("start");
    Label plan = a.label("plan");
    a.bind(start);
    a.lea(X64.Reg.R8, plan);
    a.lea(X64.Reg.RAX, entry.child());
    a.push(X64.Reg.RAX);
    a.ret();
    byte[] program = program(entry, start, plan, 1, 3, 231, 32);
    assertRuns(List.of(), program);
  }

  /**
   * write "one"; close(-1) tolerated, skips write "no"; dup(1) copied into write "two"; close(-1).
   */
  private static byte[] program(
      Entry entry, Label start, Label plan, int write, int close, int exit, int dup) {
    ByteBuffer data = ByteBuffer.allocate(STRINGS + 16).order(ByteOrder.LITTLE_ENDIAN);
    long at = new ElfObject(entry.machine(), entry.code(), new byte[0]).dataAddress(BASE);
    long one = at + STRINGS;
    data.put(STRINGS, "one two no ".getBytes(StandardCharsets.US_ASCII));
    data.putLong(PLAN + PlanFormat.PLAN_FIRST, at + RECORDS);
    record(data, at, 0, write, 1, 2, 1, one, 4);
    record(data, at, 1, close, 2, 3, -1, 0, 0);
    data.putLong(RECORDS + PlanFormat.STEP_SIZE + PlanFormat.STEP_TOLERATED, 1L << EBADF);
    record(data, at, 2, write, 3, 3, 1, one + 8, 3);
    record(data, at, 3, dup, 4, 4, 1, 0, 0);
    record(
        data,
        at,
        4,
        -1,
        5,
        5,
        at + RECORDS + 5L * PlanFormat.STEP_SIZE + PlanFormat.STEP_ARGUMENTS,
        at + RECORDS + 3L * PlanFormat.STEP_SIZE + PlanFormat.STEP_RESULT,
        0);
    record(data, at, 5, write, 6, 6, -1, one + 4, 4);
    record(data, at, 6, close, 7, 7, -1, 0, 0);
    record(data, at, 7, exit, 7, 7, 0, 0, 0);
    return new ElfObject(entry.machine(), entry.code(), data.array())
        .place(entry.cell(), 0)
        .place(plan, PLAN)
        .program(start, BASE);
  }

  private static void record(
      ByteBuffer data, long at, int index, int nr, int next, int onError, long... arguments) {
    int record = RECORDS + index * PlanFormat.STEP_SIZE;
    data.putLong(record + PlanFormat.STEP_NR, nr);
    for (int i = 0; i < arguments.length; i++) {
      data.putLong(record + PlanFormat.STEP_ARGUMENTS + 8 * i, arguments[i]);
    }
    long records = at + RECORDS;
    data.putLong(record + PlanFormat.STEP_NEXT, records + (long) next * PlanFormat.STEP_SIZE);
    data.putLong(
        record + PlanFormat.STEP_NEXT_ON_ERROR, records + (long) onError * PlanFormat.STEP_SIZE);
  }

  private void assertRuns(List<String> emulator, byte[] program) throws Exception {
    Path file = directory.resolve("program");
    Files.write(file, program);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    List<String> command = new java.util.ArrayList<>(emulator);
    command.add(file.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(127, process.waitFor(), output);
    assertEquals("one two ", output);
  }
}
