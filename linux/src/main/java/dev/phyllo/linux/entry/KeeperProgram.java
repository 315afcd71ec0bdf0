package dev.phyllo.linux.entry;

import dev.phyllo.linux.entry.Assembler.Label;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A program of less than a hundred instructions that takes what a process writes to its logs, and
 * keeps descriptors open after the process that opened them has died.
 *
 * <p>What it has open: 0, the master of a terminal or a pipe, copied to 1; 3, another pipe, copied
 * to 4; 2, the pidfd of the process that writes; 5, anything. It is called with the name alone to
 * copy nothing, with one argument to copy the first pair, with two to copy both.
 *
 * <p>When what it reads from has no writers left, it asks whether the process has ended: if so, the
 * pair is done; if not, others may open the terminal again, and it asks ten times a second. When
 * all pairs are done it closes them, by which whoever looks knows that everything is written, and
 * goes on holding 2 and 5 until it is killed.
 */
public final class KeeperProgram {
  private static final int BASE = 0x400000;
  private static final int BUFFER = 16 << 10;

  /** Data: struct pollfd of 0 and of 3, that of 2, and a tenth of a second; then the buffer. */
  private static final int PAIRS_AT = 0;

  private static final int PROCESS_AT = 16;
  private static final int TENTH_AT = 24;
  private static final int BUFFER_AT = 40;

  /** By pair: what is read and what is written. */
  private static final int[] FROM = {0, 3};

  private static final int[] TO = {1, 4};

  private static final int POLLIN = 1;

  private KeeperProgram() {}

  /**
   * The program as an ELF executable.
   *
   * @param arm whether for aarch64 instead of x86-64
   */
  public static byte[] of(boolean arm) {
    return arm ? new Arm().program() : new X86().program();
  }

  private static byte[] data() {
    ByteBuffer data = ByteBuffer.allocate(BUFFER_AT + BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(PAIRS_AT, FROM[0]).putShort(PAIRS_AT + 4, (short) POLLIN);
    // The second pair is passed over until there is an argument for it.
    data.putInt(PAIRS_AT + 8, -1).putShort(PAIRS_AT + 12, (short) POLLIN);
    data.putInt(PROCESS_AT, 2).putShort(PROCESS_AT + 4, (short) POLLIN);
    data.putLong(TENTH_AT, 0).putLong(TENTH_AT + 8, 100_000_000);
    return data.array();
  }

  /** Labels of the data, and the file around the code. */
  private abstract static class Code {
    final Assembler code;
    final Label start;
    final Label loop;
    final Label hold;
    final Label pairs;
    final Label process;
    final Label tenth;
    final Label buffer;
    final Label[] descriptor;
    final Label[] events;
    final Label[] silent;
    final Label[] gone;
    final Label[] next;

    Code(Assembler code) {
      this.code = code;
      start = code.label("start");
      loop = code.label("loop");
      hold = code.label("hold");
      pairs = code.label("pairs");
      process = code.label("process");
      tenth = code.label("tenth");
      buffer = code.label("buffer");
      descriptor = new Label[] {code.label("descriptor_0"), code.label("descriptor_1")};
      events = new Label[] {code.label("events_0"), code.label("events_1")};
      silent = new Label[] {code.label("silent_0"), code.label("silent_1")};
      gone = new Label[] {code.label("gone_0"), code.label("gone_1")};
      next = new Label[] {code.label("next_0"), code.label("next_1")};
    }

    abstract int machine();

    abstract void assemble();

    byte[] program() {
      assemble();
      ElfObject object =
          new ElfObject(machine(), code, data())
              .place(pairs, PAIRS_AT)
              .place(process, PROCESS_AT)
              .place(tenth, TENTH_AT)
              .place(buffer, BUFFER_AT);
      for (int i = 0; i < 2; i++) {
        object.place(descriptor[i], PAIRS_AT + 8 * i).place(events[i], PAIRS_AT + 8 * i + 4);
      }
      return object.program(start, BASE);
    }
  }

  private static final class X86 extends Code {
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int CLOSE = 3;
    private static final int PPOLL = 271;
    private final X64 a;

    X86() {
      this(new X64());
    }

    private X86(X64 a) {
      super(a);
      this.a = a;
    }

    @Override
    int machine() {
      return Entry.X86_64;
    }

    @Override
    void assemble() {
      Label copies = a.label("copies");
      Label done = a.label("done");
      a.bind(start);
      a.comment("argc");
      a.load(X64.Reg.RAX, X64.Reg.RSP, 0);
      a.cmp(X64.Reg.RAX, 1);
      a.jump(X64.Condition.NE, copies);
      a.jumpFar(hold);
      a.bind(copies);
      a.cmp(X64.Reg.RAX, 2);
      a.jump(X64.Condition.E, loop);
      a.movImm(X64.Reg.RAX, FROM[1]);
      a.store32(descriptor[1], X64.Reg.RAX);
      a.bind(loop);
      poll();
      a.lea(X64.Reg.RDI, pairs);
      a.movImm(X64.Reg.RSI, 2);
      a.movImm(X64.Reg.RDX, 0);
      a.syscall();
      for (int i = 0; i < 2; i++) {
        pair(i);
      }
      a.comment("a negative descriptor: that pair is done");
      Label again = a.label("again");
      a.lea(X64.Reg.RBX, pairs);
      a.movImm(X64.Reg.RAX, 31);
      a.bt(X64.Reg.RBX, 0, X64.Reg.RAX);
      a.jump(X64.Condition.AE, again);
      a.movImm(X64.Reg.RAX, 64 + 31);
      a.bt(X64.Reg.RBX, 0, X64.Reg.RAX);
      a.jump(X64.Condition.B, done);
      a.bind(again);
      a.jumpFar(loop);
      a.bind(done);
      for (int i = 0; i < 2; i++) {
        call(CLOSE, FROM[i]);
        a.syscall();
        call(CLOSE, TO[i]);
        a.syscall();
      }
      a.bind(hold);
      poll();
      a.movImm(X64.Reg.RDI, 0);
      a.movImm(X64.Reg.RSI, 0);
      a.movImm(X64.Reg.RDX, 0);
      a.syscall();
      a.jump(hold);
    }

    private void pair(int i) {
      a.comment("POLLIN in revents");
      a.lea(X64.Reg.RBX, pairs);
      a.movImm(X64.Reg.RAX, 64 * i + 48);
      a.bt(X64.Reg.RBX, 0, X64.Reg.RAX);
      a.jump(X64.Condition.AE, silent[i]);
      call(READ, FROM[i]);
      a.lea(X64.Reg.RSI, buffer);
      a.movImm(X64.Reg.RDX, BUFFER);
      a.syscall();
      a.test(X64.Reg.RAX, X64.Reg.RAX);
      a.jump(X64.Condition.S, gone[i]);
      a.jump(X64.Condition.E, gone[i]);
      a.movRegReg(X64.Reg.RDX, X64.Reg.RAX);
      call(WRITE, TO[i]);
      a.lea(X64.Reg.RSI, buffer);
      a.syscall();
      a.jump(next[i]);
      a.bind(silent[i]);
      a.comment("no revents at all");
      a.load32(X64.Reg.RAX, events[i]);
      a.cmp(X64.Reg.RAX, POLLIN);
      a.jump(X64.Condition.E, next[i]);
      a.bind(gone[i]);
      poll();
      a.lea(X64.Reg.RDI, process);
      a.movImm(X64.Reg.RSI, 1);
      a.lea(X64.Reg.RDX, tenth);
      a.syscall();
      a.comment("not ended, or interrupted");
      a.test(X64.Reg.RAX, X64.Reg.RAX);
      a.jump(X64.Condition.S, next[i]);
      a.jump(X64.Condition.E, next[i]);
      a.movNegative(X64.Reg.RAX, -1);
      a.store32(descriptor[i], X64.Reg.RAX);
      a.bind(next[i]);
    }

    private void call(int nr, int first) {
      a.movImm(X64.Reg.RAX, nr);
      a.movImm(X64.Reg.RDI, first);
    }

    private void poll() {
      a.movImm(X64.Reg.RAX, PPOLL);
      a.movImm(X64.Reg.R10, 0);
      a.movImm(X64.Reg.R8, 0);
    }
  }

  private static final class Arm extends Code {
    private static final int READ = 63;
    private static final int WRITE = 64;
    private static final int CLOSE = 57;
    private static final int PPOLL = 73;
    private static final int STACK = 31;
    private final A64 a;

    Arm() {
      this(new A64());
    }

    private Arm(A64 a) {
      super(a);
      this.a = a;
    }

    @Override
    int machine() {
      return Entry.AARCH64;
    }

    @Override
    void assemble() {
      a.bind(start);
      a.comment("argc");
      a.ldr(0, STACK, 0);
      a.cmpImm(0, 1);
      a.branch(A64.Condition.EQ, hold);
      a.cmpImm(0, 2);
      a.branch(A64.Condition.EQ, loop);
      a.movImm(0, FROM[1]);
      a.adr(1, descriptor[1]);
      a.str32(0, 1);
      a.bind(loop);
      poll();
      a.adr(0, pairs);
      a.movImm(1, 2);
      a.movImm(2, 0);
      a.svc();
      for (int i = 0; i < 2; i++) {
        pair(i);
      }
      a.comment("a negative descriptor: that pair is done");
      for (int i = 0; i < 2; i++) {
        a.adr(1, descriptor[i]);
        a.ldr32(0, 1);
        a.tbz(0, 31, loop);
      }
      for (int i = 0; i < 2; i++) {
        call(CLOSE, FROM[i]);
        a.svc();
        call(CLOSE, TO[i]);
        a.svc();
      }
      a.bind(hold);
      poll();
      a.movImm(0, 0);
      a.movImm(1, 0);
      a.movImm(2, 0);
      a.svc();
      a.branch(hold);
    }

    private void pair(int i) {
      a.comment("events and revents, whose first bit is POLLIN");
      a.adr(1, events[i]);
      a.ldr32(0, 1);
      a.tbz(0, 16, silent[i]);
      call(READ, FROM[i]);
      a.adr(1, buffer);
      a.movImm(2, BUFFER);
      a.svc();
      a.tbnz(0, 63, gone[i]);
      a.cbz(0, gone[i]);
      a.mov(2, 0);
      call(WRITE, TO[i]);
      a.adr(1, buffer);
      a.svc();
      a.branch(next[i]);
      a.bind(silent[i]);
      a.comment("no revents at all");
      a.cmpImm(0, POLLIN);
      a.branch(A64.Condition.EQ, next[i]);
      a.bind(gone[i]);
      poll();
      a.adr(0, process);
      a.movImm(1, 1);
      a.adr(2, tenth);
      a.svc();
      a.comment("not ended, or interrupted");
      a.tbnz(0, 63, next[i]);
      a.cbz(0, next[i]);
      a.movNegative(0, 1);
      a.adr(1, descriptor[i]);
      a.str32(0, 1);
      a.bind(next[i]);
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
}
