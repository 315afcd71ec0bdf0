package dev.phyllo.linux.entry;

import dev.phyllo.linux.entry.A64.Condition;
import dev.phyllo.linux.entry.Assembler.Label;

/** {@link KeeperProgram} for aarch64. */
final class KeeperA64 {
  private static final int DUP3 = 24;
  private static final int UNLINKAT = 35;
  private static final int RENAMEAT = 38;
  private static final int OPENAT = 56;
  private static final int CLOSE = 57;
  private static final int READ = 63;
  private static final int WRITE = 64;
  private static final int PPOLL = 73;
  private static final int EXIT_GROUP = 94;

  // What lives across calls, which change x0 alone.
  private static final int TASK = 19;
  private static final int POLLFD = 20;
  private static final int STREAM = 21;
  private static final int LEFT = 22;
  private static final int FROM = 23;
  private static final int ROOM = 24;

  /** POLLIN in revents, as a bit of the second word of a struct pollfd. */
  private static final int READABLE = 16;

  private static final int NONE = 31;

  private final A64 a = new A64();
  private final KeeperProgram.Places at;
  private final Label loop = a.label("loop");
  private final Label poll = a.label("poll");
  private final Label pair = a.label("pair");
  private final Label silent = a.label("silent");
  private final Label gone = a.label("gone");
  private final Label next = a.label("next");
  private final Label done = a.label("done");
  private final Label quit = a.label("quit");

  KeeperA64(KeeperProgram.Places at) {
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
    a.adr(1, at.task);
    a.movImm(2, KeeperTask.SIZE);
    a.svc();
    call(CLOSE, KeeperTask.DESCRIPTOR);
    a.svc();
    a.adr(TASK, at.task);
    Label await = a.label("awaiting");
    a.bind(await);
    a.comment("somebody to be waited for, or the process, whichever ends first");
    a.ldr32(0, TASK, KeeperTask.AWAIT_AT);
    a.tbnz(0, NONE, loop);
    poll();
    a.adr(0, at.await);
    a.movImm(1, 2);
    a.movImm(2, 0);
    a.svc();
    a.tbnz(0, 63, await);
    a.ldr32(0, TASK, KeeperTask.PROCESS_AT + 4);
    a.tbnz(0, READABLE, quit);
  }

  private void loop() {
    a.bind(loop);
    a.comment("a negative descriptor: that pair is done");
    a.ldr32(0, TASK, 0);
    a.tbz(0, NONE, poll);
    a.ldr32(0, TASK, 8);
    a.tbnz(0, NONE, done);
    a.bind(poll);
    poll();
    a.mov(0, TASK);
    a.movImm(1, 2);
    a.movImm(2, 0);
    a.svc();
    a.mov(POLLFD, TASK);
    a.adr(STREAM, at.streams);
  }

  private void copy() {
    Label read = a.label("read");
    Label write = a.label("write");
    a.bind(pair);
    a.ldr32(0, POLLFD, 4);
    a.tbz(0, READABLE, silent);
    a.comment("no more than there is room for");
    a.movImm(2, KeeperProgram.BUFFER);
    a.ldr(ROOM, STREAM, KeeperTask.ROOM_AT);
    a.cmp(ROOM, 2);
    a.branch(Condition.HS, read);
    a.mov(2, ROOM);
    a.bind(read);
    a.movImm(8, READ);
    a.ldr32(0, POLLFD, 0);
    a.adr(1, at.buffer);
    a.svc();
    a.tbnz(0, 63, gone);
    a.cbz(0, gone);
    a.mov(LEFT, 0);
    a.adr(FROM, at.buffer);
    a.bind(write);
    a.movImm(8, WRITE);
    a.ldr(0, STREAM, KeeperTask.TO_AT);
    a.mov(1, FROM);
    a.mov(2, LEFT);
    a.svc();
    a.comment("a full disk: what could not be written is lost");
    a.tbnz(0, 63, next);
    a.sub(ROOM, ROOM, 0);
    a.str(ROOM, STREAM, KeeperTask.ROOM_AT);
    a.add(FROM, FROM, 0);
    a.sub(LEFT, LEFT, 0);
    a.cbnz(LEFT, write);
    a.cbnz(ROOM, next);
  }

  private void rotate() {
    a.comment("the file is full: the oldest goes, this one gets its number");
    call(UNLINKAT, KeeperTask.DIRECTORY);
    a.addImm(1, STREAM, KeeperTask.OLDEST_AT);
    a.movImm(2, 0);
    a.svc();
    call(RENAMEAT, KeeperTask.DIRECTORY);
    a.addImm(1, STREAM, KeeperTask.CURRENT_AT);
    a.movImm(2, KeeperTask.DIRECTORY);
    a.addImm(3, STREAM, KeeperTask.FULL_AT);
    a.svc();
    call(OPENAT, KeeperTask.DIRECTORY);
    a.addImm(1, STREAM, KeeperTask.CURRENT_AT);
    a.ldr(2, TASK, KeeperTask.FLAGS_AT);
    a.movImm(3, 0600);
    a.svc();
    a.ldr(ROOM, TASK, KeeperTask.SEGMENT_AT);
    a.str(ROOM, STREAM, KeeperTask.ROOM_AT);
    a.comment("none can be made: on in this one");
    a.tbnz(0, 63, next);
    a.mov(LEFT, 0);
    a.movImm(8, DUP3);
    a.ldr(1, STREAM, KeeperTask.TO_AT);
    a.movImm(2, 0);
    a.svc();
    a.movImm(8, CLOSE);
    a.mov(0, LEFT);
    a.svc();
    count("full", KeeperTask.FULL_AT);
    count("oldest", KeeperTask.OLDEST_AT);
    a.branch(next);
  }

  /** The next number, in decimal digits, the one after the last being 0. */
  private void count(String name, int offset) {
    Label digit = a.label(name + "_digit");
    Label counted = a.label(name + "_counted");
    a.addImm(1, STREAM, offset + KeeperTask.LAST_DIGIT);
    a.movImm(2, KeeperTask.DIGITS);
    a.bind(digit);
    a.ldrByte(0, 1);
    a.addImm(0, 0, 1);
    a.strByte(0, 1);
    a.cmpImm(0, '9' + 1);
    a.branch(Condition.NE, counted);
    a.movImm(0, '0');
    a.strByte(0, 1);
    a.subImm(1, 1, 1);
    a.subImm(2, 2, 1);
    a.cbnz(2, digit);
    a.bind(counted);
  }

  private void silent() {
    a.bind(silent);
    a.comment("no revents at all");
    a.ldr32(0, POLLFD, 4);
    a.cmpImm(0, 1);
    a.branch(Condition.EQ, next);
    a.bind(gone);
    poll();
    a.adr(0, at.process);
    a.movImm(1, 1);
    a.adr(2, at.tenth);
    a.svc();
    a.comment("not ended, or interrupted");
    a.tbnz(0, 63, next);
    a.cbz(0, next);
    a.movNegative(0, 1);
    a.str32(0, POLLFD, 0);
    a.bind(next);
    a.addImm(POLLFD, POLLFD, 8);
    a.addImm(STREAM, STREAM, KeeperTask.STREAM);
    a.adr(0, at.await);
    a.cmp(POLLFD, 0);
    a.branch(Condition.NE, pair);
    a.branch(loop);
  }

  private void end() {
    Label hold = a.label("hold");
    a.bind(done);
    for (int fd : new int[] {0, 1, 3, 4, KeeperTask.DIRECTORY}) {
      call(CLOSE, fd);
      a.svc();
    }
    a.ldr(0, TASK, KeeperTask.ENDING_AT);
    a.cbz(0, hold);
    a.bind(quit);
    call(EXIT_GROUP, 0);
    a.svc();
    a.bind(hold);
    poll();
    a.movImm(0, 0);
    a.movImm(1, 0);
    a.movImm(2, 0);
    a.svc();
    a.branch(hold);
  }

  private void call(int nr, int first) {
    a.movImm(8, nr);
    a.movImm(0, first);
  }

  private void poll() {
    a.movImm(8, PPOLL);
    a.movImm(3, 0);
    a.movImm(4, 0);
  }
}
