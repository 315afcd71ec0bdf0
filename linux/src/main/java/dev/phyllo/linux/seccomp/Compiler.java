package dev.phyllo.linux.seccomp;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes of a {@link Profile} the program that the kernel runs at every system call: by architecture
 * to a tree of comparisons by which the number is found, neighbours with the same fate being one.
 */
final class Compiler {
  /** Offsets in struct seccomp_data. */
  private static final int NUMBER = 0;

  private static final int ARCHITECTURE = 4;
  private static final int ARGUMENTS = 16;

  /** __X32_SYSCALL_BIT: calls of the x32 ABI. Nobody builds it any more; it is as if not there. */
  private static final int X32 = 0x40000000;

  private static final int ENOSYS = 38;

  private final Profile profile;
  private final Program program = new Program();

  private Compiler(Profile profile) {
    this.profile = profile;
  }

  /**
   * The program of a profile.
   *
   * @throws InvalidException if it is longer than the kernel allows
   */
  static byte[] compile(Profile profile, List<Architecture> architectures) {
    Compiler compiler = new Compiler(profile);
    compiler.all(architectures);
    if (compiler.program.length() > Program.MOST) {
      throw new InvalidException(
          "the seccomp profile",
          "compiles to " + compiler.program.length() + " instructions, and the kernel takes 4096",
          "make it shorter");
    }
    return compiler.program.bytes();
  }

  /** What becomes of a call: an action, or rules with tests and an action if none holds. */
  private record Fate(Action otherwise, List<Rule> tested) {}

  private void all(List<Architecture> architectures) {
    List<Integer> starts = new ArrayList<>();
    for (Architecture architecture : architectures) {
      starts.add(section(architecture));
    }
    int next = program.ending(Action.KILL_PROCESS.value());
    for (int i = architectures.size() - 1; i >= 0; i--) {
      next = program.branch(Program.JUMP_EQUAL, architectures.get(i).audit, starts.get(i), next);
    }
    program.goOn(next);
    program.put(Program.LOAD, 0, 0, ARCHITECTURE);
  }

  /** The decision for one architecture's calls; where it starts. */
  private int section(Architecture architecture) {
    Map<Integer, Fate> fates = fates(architecture);
    int highest = 0;
    for (SystemCalls.Call call : SystemCalls.all()) {
      highest = Math.max(highest, call.numbers()[architecture.column - 1]);
    }
    Fate unnamed = new Fate(profile.otherwise(), List.of());
    // A number that has no name here is that of a call newer than we are, or of none.
    Fate unknown = new Fate(profile.unknown(), List.of());
    boolean[] named = new boolean[highest + 1];
    for (SystemCalls.Call call : SystemCalls.all()) {
      int number = call.numbers()[architecture.column - 1];
      if (number >= 0) {
        named[number] = true;
      }
    }
    int[] from = new int[highest + 2];
    Fate[] what = new Fate[highest + 2];
    int count = 0;
    for (int number = 0; number <= highest + 1; number++) {
      Fate fate = number <= highest ? fates.get(number) : unknown;
      if (fate == null) {
        fate = named[number] ? unnamed : unknown;
      }
      if (count == 0 || !what[count - 1].equals(fate)) {
        from[count] = number;
        what[count++] = fate;
      }
    }
    int start = tree(Arrays.copyOf(from, count), what, 0, count - 1);
    if (architecture == Architecture.X86_64) {
      int absent = program.ending(Action.errno(ENOSYS).value());
      start = program.branch(Program.JUMP_GREATER_OR_EQUAL, X32, absent, start);
    }
    program.goOn(start);
    return program.put(Program.LOAD, 0, 0, NUMBER);
  }

  private Map<Integer, Fate> fates(Architecture architecture) {
    Map<Integer, Action> always = new HashMap<>();
    Map<Integer, List<Rule>> tested = new HashMap<>();
    for (Rule rule : profile.rules()) {
      for (String name : rule.names()) {
        int number = SystemCalls.number(name, architecture);
        if (number < 0) {
          continue;
        }
        if (rule.tests().isEmpty()) {
          always.put(number, rule.action());
        } else {
          tested.computeIfAbsent(number, _ -> new ArrayList<>()).add(rule);
        }
      }
    }
    Map<Integer, Fate> fates = new HashMap<>();
    for (Map.Entry<Integer, Action> entry : always.entrySet()) {
      fates.put(entry.getKey(), new Fate(entry.getValue(), List.of()));
    }
    for (Map.Entry<Integer, List<Rule>> entry : tested.entrySet()) {
      Action otherwise = always.getOrDefault(entry.getKey(), profile.otherwise());
      List<Rule> different = new ArrayList<>();
      for (Rule rule : entry.getValue()) {
        if (!rule.action().equals(otherwise) || !different.isEmpty()) {
          different.add(rule);
        }
      }
      fates.put(entry.getKey(), new Fate(otherwise, different));
    }
    return fates;
  }

  /** A balanced tree over ranges of numbers; the accumulator has the number. */
  private int tree(int[] from, Fate[] what, int first, int last) {
    if (first == last) {
      return leaf(what[first]);
    }
    int middle = (first + last + 1) / 2;
    int low = tree(from, what, first, middle - 1);
    int high = tree(from, what, middle, last);
    return program.branch(Program.JUMP_GREATER_OR_EQUAL, from[middle], high, low);
  }

  private int leaf(Fate fate) {
    int next = program.ending(fate.otherwise().value());
    for (int i = fate.tested().size() - 1; i >= 0; i--) {
      Rule rule = fate.tested().get(i);
      int yes = program.ending(rule.action().value());
      for (int t = rule.tests().size() - 1; t >= 0; t--) {
        yes = test(rule.tests().get(t), yes, next);
      }
      next = yes;
    }
    return next;
  }

  private int word(ArgumentTest test, boolean high) {
    return program.put(Program.LOAD, 0, 0, ARGUMENTS + 8 * test.index() + (high ? 4 : 0));
  }

  /** A test of 64 bits by two of 32. */
  private int test(ArgumentTest test, int yes, int no) {
    int high = (int) (test.value() >>> 32);
    int low = (int) test.value();
    switch (test.operator()) {
      case EQUAL -> {
        program.branch(Program.JUMP_EQUAL, low, yes, no);
        int rest = word(test, false);
        program.branch(Program.JUMP_EQUAL, high, rest, no);
      }
      case NOT_EQUAL -> {
        program.branch(Program.JUMP_EQUAL, low, no, yes);
        int rest = word(test, false);
        program.branch(Program.JUMP_EQUAL, high, rest, yes);
      }
      case GREATER -> ordered(Program.JUMP_GREATER, test, yes, no);
      case GREATER_OR_EQUAL -> ordered(Program.JUMP_GREATER_OR_EQUAL, test, yes, no);
      case LESS -> ordered(Program.JUMP_GREATER_OR_EQUAL, test, no, yes);
      case LESS_OR_EQUAL -> ordered(Program.JUMP_GREATER, test, no, yes);
      case MASKED_EQUAL -> {
        program.branch(Program.JUMP_EQUAL, (int) test.second(), yes, no);
        program.put(Program.AND, 0, 0, low);
        int rest = word(test, false);
        program.branch(Program.JUMP_EQUAL, (int) (test.second() >>> 32), rest, no);
        program.put(Program.AND, 0, 0, high);
      }
    }
    return word(test, true);
  }

  /** The high words decide unless they are the same. */
  private void ordered(int opcode, ArgumentTest test, int above, int notAbove) {
    int high = (int) (test.value() >>> 32);
    program.branch(opcode, (int) test.value(), above, notAbove);
    int rest = word(test, false);
    int same = program.branch(Program.JUMP_EQUAL, high, rest, notAbove);
    program.branch(Program.JUMP_GREATER, high, above, same);
  }
}
