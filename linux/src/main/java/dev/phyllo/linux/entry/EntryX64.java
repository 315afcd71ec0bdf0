package dev.phyllo.linux.entry;

import static dev.phyllo.linux.entry.X64.Reg.R10;
import static dev.phyllo.linux.entry.X64.Reg.R12;
import static dev.phyllo.linux.entry.X64.Reg.R8;
import static dev.phyllo.linux.entry.X64.Reg.R9;
import static dev.phyllo.linux.entry.X64.Reg.RAX;
import static dev.phyllo.linux.entry.X64.Reg.RBX;
import static dev.phyllo.linux.entry.X64.Reg.RCX;
import static dev.phyllo.linux.entry.X64.Reg.RDI;
import static dev.phyllo.linux.entry.X64.Reg.RDX;
import static dev.phyllo.linux.entry.X64.Reg.RSI;
import static dev.phyllo.linux.entry.X64.Reg.RSP;

import dev.phyllo.linux.entry.Assembler.Label;
import dev.phyllo.linux.entry.X64.Condition;

/**
 * The entry for x86-64.
 *
 * <p>A JNI function gets its arguments as the System V ABI has it: env in rdi, class in rsi, then
 * rdx, rcx, r8, r9 and the stack above the return address. The kernel takes the number in rax and
 * arguments in rdi, rsi, rdx, r10, r8, r9; it overwrites rax, rcx and r11 and nothing else.
 */
final class EntryX64 {
  private static final int NR_WRITE = 1;
  private static final int NR_RT_SIGRETURN = 15;
  private static final int NR_EXIT_GROUP = 231;
  private static final int NR_CLONE3 = 435;
  private static final int ENOSYS = 38;

  private EntryX64() {}

  static Entry assemble() {
    X64 a = new X64();
    Label call = a.label("call");
    Label address = a.label("address");
    Label child = a.label("child");
    Label handler = a.label("handler");
    Label restorer = a.label("restorer");
    Label cell = a.label("cell");
    call(a, call, child, handler, restorer, cell);
    walk(a, child);
    address(a, address);
    handler(a, handler, restorer, cell);
    return new Entry(Entry.X86_64, a, call, address, child, cell);
  }

  /** {@code long call(fn rdx, nr rcx, a1 r8, a2 r9, a3 [rsp+8], ... a6 [rsp+32])}. */
  private static void call(
      X64 a, Label call, Label child, Label handler, Label restorer, Label cell) {
    Label notSyscall = a.label("not_syscall");
    Label launch = a.label("launch");
    Label giveHandler = a.label("give_handler");
    Label giveRestorer = a.label("give_restorer");
    Label relayTo = a.label("relay_to");

    a.bind(call);
    a.test(RDX, RDX);
    a.jump(Condition.NE, notSyscall);
    a.comment("a system call: arguments move to where the kernel wants them");
    a.movRegReg(RAX, RCX);
    a.movRegReg(RDI, R8);
    a.movRegReg(RSI, R9);
    a.load(RDX, RSP, 8);
    a.load(R10, RSP, 16);
    a.load(R8, RSP, 24);
    a.load(R9, RSP, 32);
    a.syscall();
    a.ret();

    a.bind(notSyscall);
    a.cmp(RDX, 1);
    a.jump(Condition.E, launch);
    a.cmp(RDX, 2);
    a.jump(Condition.E, giveHandler);
    a.cmp(RDX, 3);
    a.jump(Condition.E, giveRestorer);
    a.cmp(RDX, 4);
    a.jump(Condition.E, relayTo);
    a.movNegative(RAX, -ENOSYS);
    a.ret();

    a.bind(giveHandler);
    a.lea(RAX, handler);
    a.ret();

    a.bind(giveRestorer);
    a.lea(RAX, restorer);
    a.ret();

    a.bind(relayTo);
    a.store32(cell, R8);
    a.movImm(RAX, 0);
    a.ret();

    a.bind(launch);
    a.comment("a plan begins with its struct clone_args");
    a.movRegReg(RDI, R8);
    a.movImm(RSI, PlanFormat.CLONE_ARGS_SIZE);
    a.movImm(RAX, NR_CLONE3);
    a.syscall();
    a.test(RAX, RAX);
    a.jump(Condition.E, child);
    a.comment("the launcher, after the child's execve or exit: pid or error");
    a.ret();
  }

  /**
   * The child, from clone3 to execve. It has the launcher's memory and stack: it must not touch the
   * stack at all, for the launcher will return through it. Registers are its own.
   */
  private static void walk(X64 a, Label child) {
    Label stop = a.label("stop");

    a.bind(child);
    a.comment("r12 is the plan, rbx the step");
    a.movRegReg(R12, R8);
    steps(a, stop);

    a.bind(stop);
    a.store(R12, PlanFormat.PLAN_FAILED, RBX);
    exit(a);
  }

  /** The end of a child whose plan failed. */
  private static void exit(X64 a) {
    a.movImm(RDI, 127);
    a.movImm(RAX, NR_EXIT_GROUP);
    a.syscall();
    a.ud2();
  }

  /**
   * The program of a second stage ({@link StageProgram}): the same walk, in memory of its own. What
   * came of it is written to a descriptor, since nobody shares that memory.
   */
  static Assembler stage(Label start) {
    X64 a = new X64();
    Label stop = a.label("stop");
    a.bind(start);
    a.movImm(R12, StageProgram.DATA);
    steps(a, stop);

    a.bind(stop);
    a.store(R12, PlanFormat.PLAN_FAILED, RBX);
    a.load(RDI, R12, PlanFormat.STAGE_REPORT);
    a.movRegReg(RSI, R12);
    a.load(RDX, R12, PlanFormat.STAGE_REPORT_SIZE);
    a.movImm(RAX, NR_WRITE);
    a.syscall();
    exit(a);
    return a;
  }

  /** From the first step, r12 being the plan, to the last or the one that fails. */
  private static void steps(X64 a, Label stop) {
    Label walk = a.label("walk");
    Label next = a.label("next");
    Label failed = a.label("failed");
    Label copy = a.label("copy");
    int arguments = PlanFormat.STEP_ARGUMENTS;

    a.load(RBX, R12, PlanFormat.PLAN_FIRST);

    a.bind(walk);
    a.comment("where the launcher looks if the child is killed here");
    a.store(R12, PlanFormat.PLAN_CURRENT, RBX);
    a.load(RAX, RBX, PlanFormat.STEP_NR);
    a.test(RAX, RAX);
    a.jump(Condition.S, copy);
    a.load(RDI, RBX, arguments);
    a.load(RSI, RBX, arguments + 8);
    a.load(RDX, RBX, arguments + 16);
    a.load(R10, RBX, arguments + 24);
    a.load(R8, RBX, arguments + 32);
    a.load(R9, RBX, arguments + 40);
    a.syscall();
    a.store(RBX, PlanFormat.STEP_RESULT, RAX);
    a.comment("unsigned: -4095 to -1 are errors");
    a.cmp(RAX, -Entry.MAX_ERRNO);
    a.jump(Condition.AE, failed);

    a.bind(next);
    a.load(RBX, RBX, PlanFormat.STEP_NEXT);
    a.jump(walk);

    a.bind(failed);
    a.neg(RAX);
    a.cmp(RAX, Entry.TOLERABLE);
    a.jump(Condition.AE, stop);
    a.comment("is it in the set of errors that this step may have?");
    a.bt(RBX, PlanFormat.STEP_TOLERATED, RAX);
    a.jump(Condition.AE, stop);
    a.load(RBX, RBX, PlanFormat.STEP_NEXT_ON_ERROR);
    a.jump(walk);

    a.bind(copy);
    a.comment("no call: an earlier result becomes an argument");
    a.load(RAX, RBX, arguments + 8);
    a.load(RAX, RAX, 0);
    a.load(RDI, RBX, arguments);
    a.store(RDI, 0, RAX);
    a.jump(next);
  }

  /** {@code long address(buffer rdx)}: hands over to the JVM's own function. */
  private static void address(X64 a, Label address) {
    a.bind(address);
    a.movRegReg(RSI, RDX);
    a.comment("GetDirectBufferAddress(env, buffer) of the JNI function table");
    a.load(RAX, RDI, 0);
    a.jumpMemory(RAX, 8 * Entry.GET_DIRECT_BUFFER_ADDRESS);
  }

  /**
   * {@code void handler(int signal rdi)}, on the stack of whichever thread was interrupted: writes
   * the signal's number, one byte, to the relay. errno is libc's and is not touched.
   */
  private static void handler(X64 a, Label handler, Label restorer, Label cell) {
    a.bind(handler);
    a.push(RDI);
    a.load32(RDI, cell);
    a.movRegReg(RSI, RSP);
    a.movImm(RDX, 1);
    a.movImm(RAX, NR_WRITE);
    a.syscall();
    a.pop(RDI);
    a.ret();

    a.bind(restorer);
    a.comment("where the handler returns to (SA_RESTORER)");
    a.movImm(RAX, NR_RT_SIGRETURN);
    a.syscall();
    a.ud2();
  }
}
