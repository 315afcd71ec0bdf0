package dev.phyllo.linux;

import static dev.phyllo.linux.entry.PlanFormat.CLONE_ARGS_SIZE;
import static dev.phyllo.linux.entry.PlanFormat.COPY;
import static dev.phyllo.linux.entry.PlanFormat.PLAN_CURRENT;
import static dev.phyllo.linux.entry.PlanFormat.PLAN_FAILED;
import static dev.phyllo.linux.entry.PlanFormat.PLAN_FIRST;
import static dev.phyllo.linux.entry.PlanFormat.PLAN_PIDFD;
import static dev.phyllo.linux.entry.PlanFormat.PLAN_SIZE;
import static dev.phyllo.linux.entry.PlanFormat.STEP_ARGUMENTS;
import static dev.phyllo.linux.entry.PlanFormat.STEP_NEXT;
import static dev.phyllo.linux.entry.PlanFormat.STEP_NEXT_ON_ERROR;
import static dev.phyllo.linux.entry.PlanFormat.STEP_NR;
import static dev.phyllo.linux.entry.PlanFormat.STEP_RESULT;
import static dev.phyllo.linux.entry.PlanFormat.STEP_SIZE;
import static dev.phyllo.linux.entry.PlanFormat.STEP_TOLERATED;

import dev.phyllo.linux.entry.PlanFormat;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * A plan in memory outside the heap, as the child walks it ({@link PlanFormat}).
 *
 * <p>Where a step takes the result of an earlier one, a copying record goes before it. Where steps
 * are timed, a clock_gettime(2) goes before each of them and writes into the same memory, so the
 * child measures itself; where they are not, nothing is there and nothing is paid.
 */
final class PlanLayout {
  /** What a result field holds until the child has been there. */
  private static final long UNTOUCHED = Long.MIN_VALUE;

  private static final int CLOCK_MONOTONIC = 1;
  private static final int TIMESPEC = 16;
  private static final int FPROG = 16;
  private static final int FILTER = 8;
  private static final int SIGCHLD = 17;

  private final List<Plan.Step> steps;
  private final Memory memory;
  private final long header;
  private final boolean timed;
  private final int reportSize;

  /**
   * The records until they are whole, then copied at once: a plan has some two thousand numbers,
   * and to put each into a buffer is, before any compiler has looked at it, a long way down.
   */
  private final long[] words;

  /** By step: the first of its records, that of its call, its timespec. */
  private final long[] first;

  private final long[] call;
  private final long[] time;

  PlanLayout(Plan plan, boolean timed) {
    this(plan, timed, 0);
  }

  /**
   * @param base where the memory will be in another process, or 0 if it is this one's
   */
  PlanLayout(Plan plan, boolean timed, long base) {
    this.steps = plan.steps();
    this.timed = timed;
    int count = steps.size();
    first = new long[count + 1];
    call = new long[count];
    time = new long[count + 1];
    memory = base == 0 ? new Memory(size()) : new Memory(size(), base);
    words = new long[recordsSize() / 8];
    header = memory.room(PLAN_SIZE);
    for (int i = 0; i < count; i++) {
      records(i);
    }
    // Behind the last step: the child must not run on into nothing.
    first[count] = timed ? clock(count) : memory.room(STEP_SIZE);
    long exit = timed ? memory.room(STEP_SIZE) : first[count];
    put(exit + STEP_NR, Sys.EXIT_GROUP);
    if (timed) {
      put(first[count] + STEP_NEXT, exit);
    }
    for (int i = 0; i < count; i++) {
      Plan.Step step = steps.get(i);
      put(call[i] + STEP_NEXT, first[following(i, step.skipOnSuccess)]);
      put(call[i] + STEP_NEXT_ON_ERROR, first[following(i, step.skipOnError)]);
    }
    if (base == 0) {
      header(plan);
    }
    put(header + PLAN_FIRST, first[0]);
    reportSize = (int) (memory.room(0) - header);
    int used = reportSize / 8;
    values();
    memory.putLongs(header, words, used);
  }

  /** In a record or the header, before they are copied. */
  private void put(long address, long value) {
    words[(int) (address - header) >> 3] = value;
  }

  private long word(long address) {
    return words[(int) (address - header) >> 3];
  }

  /** How many bytes of the memory header and records are; arguments come behind them. */
  int reportSize() {
    return reportSize;
  }

  private int following(int step, int skip) {
    return Math.min(step + 1 + skip, steps.size());
  }

  /** struct clone_args of clone3(2), and where the child begins. */
  private void header(Plan plan) {
    long flags =
        plan.namespaces()
            | CloneFlags.VM
            | CloneFlags.VFORK
            | CloneFlags.PIDFD
            | CloneFlags.CLEAR_SIGHAND;
    Fd cgroup = plan.cgroup();
    if (cgroup != null) {
      flags |= CloneFlags.INTO_CGROUP;
      put(header + CLONE_ARGS_SIZE - 8, cgroup.number());
    }
    put(header, flags);
    put(header + 8, header + PLAN_PIDFD);
    put(header + 32, SIGCHLD); // exit_signal
  }

  /** The records of a step: clock, copies, call; linked up to the call. */
  private void records(int index) {
    Plan.Step step = steps.get(index);
    long before = timed ? clock(index) : 0;
    first[index] = before;
    for (int i = 0; i < step.arguments.length; i++) {
      if (step.arguments[i] instanceof Arg.Result) {
        before = link(before, index);
        put(before + STEP_NR, COPY);
      }
    }
    call[index] = link(before, index);
    put(call[index] + STEP_NR, step.nr);
    put(call[index] + STEP_RESULT, UNTOUCHED);
    put(call[index] + STEP_TOLERATED, step.toleratedLow);
    put(call[index] + STEP_TOLERATED + 8, step.toleratedHigh);
    // Now that the call has an address, the copies can be told where to copy to.
    long copy = timed ? word(first[index] + STEP_NEXT) : first[index];
    for (int i = 0; i < step.arguments.length; i++) {
      if (step.arguments[i] instanceof Arg.Result result) {
        put(copy + STEP_ARGUMENTS, call[index] + STEP_ARGUMENTS + 8L * i);
        put(copy + STEP_ARGUMENTS + 8, call[result.step()] + STEP_RESULT);
        copy = word(copy + STEP_NEXT);
      }
    }
  }

  /** A new record behind another, or the first of its step. */
  private long link(long before, int index) {
    long record = memory.room(STEP_SIZE);
    if (before == 0) {
      first[index] = record;
    } else {
      put(before + STEP_NEXT, record);
    }
    return record;
  }

  private long clock(int index) {
    long record = memory.room(STEP_SIZE);
    time[index] = memory.room(TIMESPEC);
    put(record + STEP_NR, Sys.CLOCK_GETTIME);
    put(record + STEP_ARGUMENTS, CLOCK_MONOTONIC);
    put(record + STEP_ARGUMENTS + 8, time[index]);
    return record;
  }

  /** Arguments: numbers as they are, everything else by its address. */
  private void values() {
    IdentityHashMap<Arg, Long> placed = new IdentityHashMap<>();
    for (int index = 0; index < call.length; index++) {
      Arg[] arguments = steps.get(index).arguments;
      for (int i = 0; i < arguments.length; i++) {
        // No switch over the types: its bootstrap costs every start of a container some 30 ms.
        long value = 0;
        if (arguments[i] instanceof Arg.Value number) {
          value = number.value();
        } else if (arguments[i] instanceof Arg.Bytes bytes) {
          Long known = placed.get(bytes);
          value = known != null ? known : place(placed, bytes, memory.bytes(bytes.bytes()));
        } else if (arguments[i] instanceof Arg.Strings strings) {
          Long known = placed.get(strings);
          value = known != null ? known : place(placed, strings, array(strings));
        } else if (arguments[i] instanceof Arg.Filter filter) {
          value = program(filter.program());
        }
        if (value != 0) {
          put(call[index] + STEP_ARGUMENTS + 8L * i, value);
        }
      }
    }
  }

  private static long place(IdentityHashMap<Arg, Long> placed, Arg arg, long address) {
    placed.put(arg, address);
    return address;
  }

  /** struct sock_fprog: how many instructions, and where they are. */
  private long program(byte[] instructions) {
    long program = memory.room(FPROG);
    memory.putLong(program, instructions.length / FILTER);
    memory.putLong(program + 8, memory.bytes(instructions));
    return program;
  }

  private long array(Arg.Strings strings) {
    long array = memory.room(8 * (strings.strings().size() + 1));
    long at = array;
    for (byte[] string : strings.strings()) {
      memory.putLong(at, memory.cstring(string));
      at += 8;
    }
    return array;
  }

  /** The header and all records, which come first. */
  private int recordsSize() {
    long size = PLAN_SIZE + 2 * STEP_SIZE + TIMESPEC;
    for (Plan.Step step : steps) {
      size += STEP_SIZE + (timed ? STEP_SIZE + TIMESPEC : 0);
      for (Arg argument : step.arguments) {
        if (argument instanceof Arg.Result) {
          size += STEP_SIZE;
        }
      }
    }
    return Math.toIntExact(size);
  }

  /** Enough for everything; an argument used twice is counted twice. */
  private int size() {
    long size = recordsSize();
    for (Plan.Step step : steps) {
      for (Arg argument : step.arguments) {
        if (argument instanceof Arg.Bytes bytes) {
          size += bytes.bytes().length + 8;
        } else if (argument instanceof Arg.Strings strings) {
          size += sizeOf(strings);
        } else if (argument instanceof Arg.Filter filter) {
          size += FPROG + filter.program().length + 8;
        }
      }
    }
    return Math.toIntExact(size);
  }

  private static int sizeOf(Arg.Strings strings) {
    int size = 16;
    for (byte[] string : strings.strings()) {
      size += string.length + 24;
    }
    return size;
  }

  /** The address that the launching code is given. */
  long address() {
    return header;
  }

  /** The memory the plan is in, its arguments too. */
  Memory memory() {
    return memory;
  }

  int pidfd() {
    return memory.getInt(header + PLAN_PIDFD);
  }

  /**
   * The index of the step that failed, -1 if none did. An execve whose error is tolerated, and
   * after which there is nothing more, has failed too: there is no program.
   */
  int failed() {
    long record = memory.getLong(header + PLAN_FAILED);
    if (record == 0) {
      record = lastExecIfAllFailed();
    }
    for (int i = 0; i < call.length; i++) {
      if (record != 0 && call[i] == record) {
        return i;
      }
    }
    return -1;
  }

  private long lastExecIfAllFailed() {
    int last = -1;
    for (int step = 0; step < call.length; step = after(step)) {
      if (!returned(step)) {
        return 0;
      }
      last = step;
    }
    return last >= 0 && steps.get(last).nr == Sys.EXECVE ? call[last] : 0;
  }

  /**
   * Takes what a child elsewhere reports: its header and records. If that was a step of its plan,
   * it is the one it is at, which has come back by now.
   */
  void take(byte[] report) {
    memory.buffer().put(0, report);
    long current = memory.getLong(header + PLAN_CURRENT);
    if (memory.getLong(header + PLAN_FAILED) == 0 && memory.contains(current)) {
      memory.putLong(current + STEP_RESULT, report.length);
    }
  }

  /** Whether the child has been at a step and the call came back. */
  boolean returned(int step) {
    return memory.getLong(call[step] + STEP_RESULT) != UNTOUCHED;
  }

  /** What a step's call gave; 0 for the execve that did not come back. */
  long result(int step) {
    long result = memory.getLong(call[step] + STEP_RESULT);
    return result == UNTOUCHED ? 0 : result;
  }

  /** A step's arguments as they were passed. */
  long[] arguments(int step) {
    long[] arguments = new long[6];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = memory.getLong(call[step] + STEP_ARGUMENTS + 8L * i);
    }
    return arguments;
  }

  /** When a timed step began, in nanoseconds of CLOCK_MONOTONIC; at the end, when all was over. */
  long began(int step) {
    return memory.getLong(time[step]) * 1_000_000_000L + memory.getLong(time[step] + 8);
  }

  /** The step that came after one that returned and did not fail the plan. */
  int after(int step) {
    long result = result(step);
    Plan.Step done = steps.get(step);
    boolean error = result < 0 && result >= -4095;
    return following(step, error ? done.skipOnError : done.skipOnSuccess);
  }
}
