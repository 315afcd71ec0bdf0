package dev.phyllo.linux.entry;

import static dev.phyllo.linux.entry.X64.Reg.R10;
import static dev.phyllo.linux.entry.X64.Reg.R12;
import static dev.phyllo.linux.entry.X64.Reg.R13;
import static dev.phyllo.linux.entry.X64.Reg.R14;
import static dev.phyllo.linux.entry.X64.Reg.R15;
import static dev.phyllo.linux.entry.X64.Reg.R8;
import static dev.phyllo.linux.entry.X64.Reg.RAX;
import static dev.phyllo.linux.entry.X64.Reg.RBX;
import static dev.phyllo.linux.entry.X64.Reg.RDI;
import static dev.phyllo.linux.entry.X64.Reg.RDX;
import static dev.phyllo.linux.entry.X64.Reg.RSI;

import dev.phyllo.linux.entry.Assembler.Label;
import dev.phyllo.linux.entry.X64.Condition;

/** {@link KeeperProgram} for x86-64. */
final class KeeperX64 {
  private static final int READ = 0;
  private static final int WRITE = 1;
  private static final int CLOSE = 3;
  private static final int EXIT_GROUP = 231;
  private static final int OPENAT = 257;
  private static final int UNLINKAT = 263;
  private static final int RENAMEAT = 264;
  private static final int PPOLL = 271;
  private static final int DUP3 = 292;

  /** POLLIN in revents, as a bit of a struct pollfd. */
  private static final int READABLE = 48;

  /** The sign of fd, likewise. */
  private static final int NONE = 31;

  private final X64 a = new X64();
  private final KeeperProgram.Places at;
  private final Label loop = a.label("loop");
  private final Label poll = a.label("poll");
  private final Label pair = a.label("pair");
  private final Label next = a.label("next");
  private final Label done = a.label("done");
  private final Label quit = a.label("quit");

  KeeperX64(KeeperProgram.Places at) {
    this.at = at;
  }

  Assembler code() {
    begin();
    loop();
    copy();
    rotate();
    silent();
    end();
    return a;
  }

  private void begin() {
    a.bind(at.start);
    a.comment("the task");
    call(READ, KeeperTask.DESCRIPTOR);
    a.lea(RSI, at.task);
    a.movImm(RDX, KeeperTask.SIZE);
    a.syscall();
    call(CLOSE, KeeperTask.DESCRIPTOR);
    a.syscall();
    a.lea(RBX, at.task);
    a.comment("somebody to be waited for, or the process, whichever ends first");
    Label await = a.label("awaiting");
    a.bind(await);
    bit(RBX, KeeperTask.AWAIT_AT, NONE);
    a.jump(Condition.B, loop);
    poll();
    a.lea(RDI, at.await);
    a.movImm(RSI, 2);
    a.movImm(RDX, 0);
    a.syscall();
    a.test(RAX, RAX);
    a.jump(Condition.S, await);
    bit(RBX, KeeperTask.PROCESS_AT, READABLE);
    a.jump(Condition.AE, loop);
    a.jumpFar(quit);
  }

  private void loop() {
    a.bind(loop);
    a.comment("a negative descriptor: that pair is done");
    bit(RBX, 0, NONE);
    a.jump(Condition.AE, poll);
    bit(RBX, 0, 64 + NONE);
    a.jumpFar(Condition.B, done);
    a.bind(poll);
    poll();
    a.movRegReg(RDI, RBX);
    a.movImm(RSI, 2);
    a.movImm(RDX, 0);
    a.syscall();
    a.movRegReg(R12, RBX);
    a.lea(R13, at.streams);
  }

  private final Label silent = a.label("silent");
  private final Label gone = a.label("gone");

  private void copy() {
    Label small = a.label("small");
    Label write = a.label("write");
    a.bind(pair);
    bit(R12, 0, READABLE);
    a.jumpFar(Condition.AE, silent);
    a.comment("no more than there is room for");
    a.load(RDX, R13, KeeperTask.ROOM_AT);
    a.cmp(RDX, KeeperProgram.BUFFER);
    a.jump(Condition.B, small);
    a.movImm(RDX, KeeperProgram.BUFFER);
    a.bind(small);
    a.movImm(RAX, READ);
    a.load32(RDI, R12, 0);
    a.lea(RSI, at.buffer);
    a.syscall();
    a.test(RAX, RAX);
    a.jumpFar(Condition.S, gone);
    a.jumpFar(Condition.E, gone);
    a.movRegReg(R14, RAX);
    a.lea(R15, at.buffer);
    a.bind(write);
    a.movImm(RAX, WRITE);
    a.load(RDI, R13, KeeperTask.TO_AT);
    a.movRegReg(RSI, R15);
    a.movRegReg(RDX, R14);
    a.syscall();
    a.comment("a full disk: what could not be written is lost");
    a.test(RAX, RAX);
    a.jumpFar(Condition.S, next);
    a.load(RDX, R13, KeeperTask.ROOM_AT);
    a.sub(RDX, RAX);
    a.store(R13, KeeperTask.ROOM_AT, RDX);
    a.add(R15, RAX);
    a.sub(R14, RAX);
    a.jump(Condition.NE, write);
    a.test(RDX, RDX);
    a.jumpFar(Condition.NE, next);
  }

  private void rotate() {
    a.comment("the file is full: the oldest goes, this one gets its number");
    call(UNLINKAT, KeeperTask.DIRECTORY);
    address(RSI, KeeperTask.OLDEST_AT);
    a.movImm(RDX, 0);
    a.syscall();
    call(RENAMEAT, KeeperTask.DIRECTORY);
    address(RSI, KeeperTask.CURRENT_AT);
    a.movImm(RDX, KeeperTask.DIRECTORY);
    address(R10, KeeperTask.FULL_AT);
    a.syscall();
    call(OPENAT, KeeperTask.DIRECTORY);
    address(RSI, KeeperTask.CURRENT_AT);
    a.load(RDX, RBX, KeeperTask.FLAGS_AT);
    a.movImm(R10, 0600);
    a.syscall();
    a.load(RDX, RBX, KeeperTask.SEGMENT_AT);
    a.store(R13, KeeperTask.ROOM_AT, RDX);
    a.comment("none can be made: on in this one");
    a.test(RAX, RAX);
    a.jumpFar(Condition.S, next);
    a.movRegReg(R14, RAX);
    a.movRegReg(RDI, RAX);
    a.movImm(RAX, DUP3);
    a.load(RSI, R13, KeeperTask.TO_AT);
    a.movImm(RDX, 0);
    a.syscall();
    a.movImm(RAX, CLOSE);
    a.movRegReg(RDI, R14);
    a.syscall();
    count("full", KeeperTask.FULL_AT);
    count("oldest", KeeperTask.OLDEST_AT);
    a.jumpFar(next);
  }

  /** The next number, in decimal digits, the one after the last being 0. */
  private void count(String name, int offset) {
    Label digit = a.label(name + "_digit");
    Label counted = a.label(name + "_counted");
    address(RSI, offset + KeeperTask.LAST_DIGIT);
    a.movImm(RDX, KeeperTask.DIGITS);
    a.bind(digit);
    a.incByte(RSI);
    a.cmpByte(RSI, '9' + 1);
    a.jump(Condition.NE, counted);
    a.storeByte(RSI, '0');
    a.dec(RSI);
    a.dec(RDX);
    a.jump(Condition.NE, digit);
    a.bind(counted);
  }

  private void silent() {
    a.bind(silent);
    a.comment("no revents at all");
    a.load32(RAX, R12, 4);
    a.cmp(RAX, 1);
    a.jump(Condition.E, next);
    a.bind(gone);
    poll();
    a.lea(RDI, at.process);
    a.movImm(RSI, 1);
    a.lea(RDX, at.tenth);
    a.syscall();
    a.comment("not ended, or interrupted");
    a.test(RAX, RAX);
    a.jump(Condition.S, next);
    a.jump(Condition.E, next);
    a.movNegative(RAX, -1);
    a.store32(R12, 0, RAX);
    a.bind(next);
    a.add(R12, 8);
    a.add(R13, KeeperTask.STREAM);
    a.lea(RAX, at.await);
    a.cmp(R12, RAX);
    a.jumpFar(Condition.NE, pair);
    a.jumpFar(loop);
  }

  private void end() {
    Label hold = a.label("hold");
    a.bind(done);
    for (int fd : new int[] {0, 1, 3, 4, KeeperTask.DIRECTORY}) {
      call(CLOSE, fd);
      a.syscall();
    }
    a.load(RAX, RBX, KeeperTask.ENDING_AT);
    a.test(RAX, RAX);
    a.jump(Condition.E, hold);
    a.bind(quit);
    call(EXIT_GROUP, 0);
    a.syscall();
    a.bind(hold);
    poll();
    a.movImm(RDI, 0);
    a.movImm(RSI, 0);
    a.movImm(RDX, 0);
    a.syscall();
    a.jump(hold);
  }

  private void bit(X64.Reg base, int offset, int bit) {
    a.movImm(RAX, bit);
    a.bt(base, offset, RAX);
  }

  private void address(X64.Reg to, int offset) {
    a.movRegReg(to, R13);
    a.add(to, offset);
  }

  private void call(int nr, int first) {
    a.movImm(RAX, nr);
    a.movImm(RDI, first);
  }

  private void poll() {
    a.movImm(RAX, PPOLL);
    a.movImm(R10, 0);
    a.movImm(R8, 0);
  }
}
