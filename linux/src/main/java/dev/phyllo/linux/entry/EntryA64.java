package dev.phyllo.linux.entry;

import dev.phyllo.linux.entry.A64.Condition;
import dev.phyllo.linux.entry.Assembler.Label;

/**
 * The entry for aarch64.
 *
 * <p>A JNI function gets its arguments as the procedure call standard has it: env in x0, class in
 * x1, then x2 to x7 and the stack. The kernel takes the number in x8 and arguments in x0 to x5; it
 * overwrites x0 and nothing else.
 */
final class EntryA64 {
  private static final int NR_WRITE = 64;
  private static final int NR_EXIT_GROUP = 94;
  private static final int NR_RT_SIGRETURN = 139;
  private static final int NR_CLONE3 = 435;
  private static final int ENOSYS = 38;

  /** In the child: the plan, the step. */
  private static final int PLAN = 19;

  private static final int STEP = 20;

  private EntryA64() {}

  static Entry assemble() {
    A64 a = new A64();
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
    return new Entry(Entry.AARCH64, a, call, address, child, cell);
  }

  /** {@code long call(fn x2, nr x3, a1 x4, a2 x5, a3 x6, a4 x7, a5 [sp], a6 [sp+8])}. */
  private static void call(
      A64 a, Label call, Label child, Label handler, Label restorer, Label cell) {
    Label notSyscall = a.label("not_syscall");
    Label launch = a.label("launch");
    Label giveHandler = a.label("give_handler");
    Label giveRestorer = a.label("give_restorer");
    Label relayTo = a.label("relay_to");

    a.bind(call);
    a.cbnz(2, notSyscall);
    a.comment("a system call: arguments move to where the kernel wants them");
    a.mov(8, 3);
    a.mov(0, 4);
    a.mov(1, 5);
    a.mov(2, 6);
    a.mov(3, 7);
    a.ldp(4, 5, A64.SP, 0);
    a.svc();
    a.ret();

    a.bind(notSyscall);
    a.cmpImm(2, 1);
    a.branch(Condition.EQ, launch);
    a.cmpImm(2, 2);
    a.branch(Condition.EQ, giveHandler);
    a.cmpImm(2, 3);
    a.branch(Condition.EQ, giveRestorer);
    a.cmpImm(2, 4);
    a.branch(Condition.EQ, relayTo);
    a.movNegative(0, ENOSYS);
    a.ret();

    a.bind(giveHandler);
    a.adr(0, handler);
    a.ret();

    a.bind(giveRestorer);
    a.adr(0, restorer);
    a.ret();

    a.bind(relayTo);
    a.adr(0, cell);
    a.str32(4, 0);
    a.movImm(0, 0);
    a.ret();

    a.bind(launch);
    a.comment("a plan begins with its struct clone_args; x4 survives the call");
    a.mov(0, 4);
    a.movImm(1, PlanFormat.CLONE_ARGS_SIZE);
    a.movImm(8, NR_CLONE3);
    a.svc();
    a.cbz(0, child);
    a.comment("the launcher, after the child's execve or exit: pid or error");
    a.ret();
  }

  /**
   * The child, from clone3 to execve. It has the launcher's memory and stack: it must not touch the
   * stack at all, for the launcher will return through it. Registers are its own.
   */
  private static void walk(A64 a, Label child) {
    Label stop = a.label("stop");

    a.bind(child);
    a.mov(PLAN, 4);
    steps(a, stop);

    a.bind(stop);
    a.str(STEP, PLAN, PlanFormat.PLAN_FAILED);
    exit(a);
  }

  /** The end of a child whose plan failed. */
  private static void exit(A64 a) {
    a.movImm(0, 127);
    a.movImm(8, NR_EXIT_GROUP);
    a.svc();
    a.brk();
  }

  /**
   * The program of a second stage ({@link StageProgram}): the same walk, in memory of its own. What
   * came of it is written to a descriptor, since nobody shares that memory.
   */
  static Assembler stage(Label start) {
    A64 a = new A64();
    Label stop = a.label("stop");
    a.bind(start);
    a.comment("the plan's address is more than 16 bits");
    a.movImm(9, StageProgram.DATA >>> 16);
    a.movImm(10, 0);
    a.addShifted(PLAN, 10, 9, 16);
    steps(a, stop);

    a.bind(stop);
    a.str(STEP, PLAN, PlanFormat.PLAN_FAILED);
    a.ldr(0, PLAN, PlanFormat.STAGE_REPORT);
    a.mov(1, PLAN);
    a.ldr(2, PLAN, PlanFormat.STAGE_REPORT_SIZE);
    a.movImm(8, NR_WRITE);
    a.svc();
    exit(a);
    return a;
  }

  /** From the first step to the last or the one that fails. */
  private static void steps(A64 a, Label stop) {
    Label walk = a.label("walk");
    Label next = a.label("next");
    Label failed = a.label("failed");
    Label copy = a.label("copy");
    int arguments = PlanFormat.STEP_ARGUMENTS;

    a.ldr(STEP, PLAN, PlanFormat.PLAN_FIRST);

    a.bind(walk);
    a.comment("where the launcher looks if the child is killed here");
    a.str(STEP, PLAN, PlanFormat.PLAN_CURRENT);
    a.ldr(8, STEP, PlanFormat.STEP_NR);
    a.tbnz(8, 63, copy);
    a.ldp(0, 1, STEP, arguments);
    a.ldp(2, 3, STEP, arguments + 16);
    a.ldp(4, 5, STEP, arguments + 32);
    a.svc();
    a.str(0, STEP, PlanFormat.STEP_RESULT);
    a.comment("unsigned: -4095 to -1 are errors");
    a.cmnImm(0, Entry.MAX_ERRNO);
    a.branch(Condition.HS, failed);

    a.bind(next);
    a.ldr(STEP, STEP, PlanFormat.STEP_NEXT);
    a.branch(walk);

    a.bind(failed);
    a.neg(9, 0);
    a.cmpImm(9, Entry.TOLERABLE);
    a.branch(Condition.HS, stop);
    a.comment("is it in the set of errors that this step may have?");
    a.lsrImm(10, 9, 6);
    a.addShifted(10, STEP, 10, 3);
    a.ldr(10, 10, PlanFormat.STEP_TOLERATED);
    a.lsr(10, 10, 9);
    a.tbz(10, 0, stop);
    a.ldr(STEP, STEP, PlanFormat.STEP_NEXT_ON_ERROR);
    a.branch(walk);

    a.bind(copy);
    a.comment("no call: an earlier result becomes an argument");
    a.ldp(10, 9, STEP, arguments);
    a.ldr(9, 9, 0);
    a.str(9, 10, 0);
    a.branch(next);
  }

  /** {@code long address(buffer x2)}: hands over to the JVM's own function. */
  private static void address(A64 a, Label address) {
    a.bind(address);
    a.mov(1, 2);
    a.comment("GetDirectBufferAddress(env, buffer) of the JNI function table");
    a.ldr(9, 0, 0);
    a.ldr(9, 9, 8 * Entry.GET_DIRECT_BUFFER_ADDRESS);
    a.br(9);
  }

  /**
   * {@code void handler(int signal w0)}, on the stack of whichever thread was interrupted: writes
   * the signal's number, one byte, to the relay. errno is libc's and is not touched.
   */
  private static void handler(A64 a, Label handler, Label restorer, Label cell) {
    a.bind(handler);
    a.comment("the stack pointer stays a multiple of 16");
    a.subImm(A64.SP, A64.SP, 16);
    a.str32(0, A64.SP);
    a.adr(1, cell);
    a.ldr32(0, 1);
    a.movFromSp(1);
    a.movImm(2, 1);
    a.movImm(8, NR_WRITE);
    a.svc();
    a.addImm(A64.SP, A64.SP, 16);
    a.ret();

    a.bind(restorer);
    a.comment("not used: the kernel returns through its vDSO here");
    a.movImm(8, NR_RT_SIGRETURN);
    a.svc();
    a.brk();
  }
}
