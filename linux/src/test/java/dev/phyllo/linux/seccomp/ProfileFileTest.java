package dev.phyllo.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.linux.Capabilities;
import dev.phyllo.linux.seccomp.ArgumentTest.Operator;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.UnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Profiles in docker's form, and the compiler of them. */
class ProfileFileTest {
  private static final Architecture X = Architecture.X86_64;

  private static Interpreter program(String json, String... capabilities) {
    long bits = 0;
    for (String name : capabilities) {
      bits |= 1L << Capabilities.number(name);
    }
    ProfileFile.Parsed parsed = new ProfileFile(bits, X, "5.10.0-test").parse(json);
    return new Interpreter(Compiler.compile(parsed.profile(), parsed.architectures()));
  }

  private static Action run(Interpreter program, String name, long... arguments) {
    return program.run(X, SystemCalls.number(name, X), arguments);
  }

  @Test
  void rulesWithConditionsHoldWhereTheyAreMet() {
    String json =
        """
        {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":13,
         "archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
         "syscalls":[
          {"names":["read","write"],"action":"SCMP_ACT_ALLOW"},
          {"name":"open","action":"SCMP_ACT_ERRNO","errnoRet":2},
          {"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
          {"names":["chroot"],"action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_SYS_ADMIN"]}},
          {"names":["ptrace"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8"}},
          {"names":["bpf"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"5.11"}},
          {"names":["sync"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["arm64"]}},
          {"names":["dup"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["amd64","x32"]}},
          {"names":["reboot"],"action":"SCMP_ACT_KILL_PROCESS"},
          {"names":["syslog"],"action":"SCMP_ACT_LOG"},
          {"names":["nosuchcall"],"action":"SCMP_ACT_ALLOW"}]}
        """;
    Interpreter plain = program(json);
    Interpreter admin = program(json, "SYS_ADMIN");
    assertEquals(Action.ALLOW, run(plain, "read"));
    assertEquals(Action.ALLOW, plain.run(Architecture.X86, 3), "read of 32 bit programs");
    assertEquals(Action.errno(13), run(plain, "close"));
    assertEquals(Action.errno(2), run(plain, "open"));
    assertEquals(Action.errno(13), run(plain, "mount"));
    assertEquals(Action.ALLOW, run(admin, "mount"));
    assertEquals(Action.ALLOW, run(plain, "chroot"));
    assertEquals(Action.errno(13), run(admin, "chroot"));
    assertEquals(Action.ALLOW, run(plain, "ptrace"));
    assertEquals(Action.errno(13), run(plain, "bpf"));
    assertEquals(Action.errno(13), run(plain, "sync"));
    assertEquals(Action.ALLOW, run(plain, "dup"));
    assertEquals(Action.KILL_PROCESS, run(plain, "reboot"));
    assertEquals(Action.LOG, run(plain, "syslog"));
    assertEquals(Action.errno(38), plain.run(X, 9999));
  }

  @Test
  void programsOfArchitecturesThatAreNotListedAreKilled() {
    Interpreter only = program("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[]}");
    assertEquals(Action.ALLOW, run(only, "read"));
    assertEquals(Action.KILL_PROCESS, only.run(Architecture.X86, 3));
    assertEquals(Action.ALLOW, only.run(X, 9999));
  }

  @Test
  void theSameArgumentTwiceMeansEither() {
    String args =
        """
        [{"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":0,"value":3,"op":"SCMP_CMP_EQ"}]
        """;
    Interpreter program =
        program(
            "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"dup\"],"
                + "\"action\":\"SCMP_ACT_ALLOW\",\"args\":"
                + args
                + "}]}");
    assertEquals(Action.ALLOW, run(program, "dup", 1));
    assertEquals(Action.errno(1), run(program, "dup", 2));
    assertEquals(Action.ALLOW, run(program, "dup", 3));
  }

  /** Every comparison against plain Java, with values around every border of 32 bits. */
  @Test
  void comparisonsAreOfUnsignedNumbersOf64Bits() {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Operator> operators = List.of(Operator.values());
    long[] borders = {0, 1, 0xffffffffL, 0x100000000L, 0x7fffffffffffffffL, -1, Long.MIN_VALUE};
    for (int round = 0; round < 300; round++) {
      Operator operator = operators.get(random.nextInt(operators.size()));
      long value = pick(random, borders);
      long second = pick(random, borders) & value;
      int index = random.nextInt(6);
      ArgumentTest test = new ArgumentTest(index, operator, value, second);
      Rule rule = new Rule(List.of("dup"), Action.ALLOW, List.of(test));
      Interpreter program =
          new Interpreter(
              Compiler.compile(
                  new Profile(Action.errno(1), Action.errno(1), List.of(rule), 0), List.of(X)));
      for (int i = 0; i < 20; i++) {
        long[] arguments = new long[6];
        arguments[index] = i == 0 ? value : i == 1 ? value + 1 : pick(random, borders);
        assertEquals(
            holds(test, arguments[index]),
            run(program, "dup", arguments).equals(Action.ALLOW),
            test + " of " + Long.toHexString(arguments[index]));
      }
    }
  }

  private static long pick(Random random, long[] borders) {
    long border = borders[random.nextInt(borders.length)] + random.nextInt(3) - 1;
    return random.nextBoolean() ? border : random.nextLong();
  }

  private static boolean holds(ArgumentTest test, long argument) {
    int order = Long.compareUnsigned(argument, test.value());
    return switch (test.operator()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case LESS -> order < 0;
      case LESS_OR_EQUAL -> order <= 0;
      case GREATER -> order > 0;
      case GREATER_OR_EQUAL -> order >= 0;
      case MASKED_EQUAL -> (argument & test.value()) == test.second();
    };
  }

  /** Many rules: jumps longer than an instruction reaches. */
  @Test
  void programsLongerThanAJumpReachesAreRight() {
    List<Rule> rules = new ArrayList<>();
    List<SystemCalls.Call> calls = new ArrayList<>(SystemCalls.all());
    for (int i = 0; i < calls.size(); i++) {
      rules.add(
          new Rule(
              List.of(calls.get(i).name()),
              Action.errno(i + 1),
              List.of(ArgumentTest.equal(0, i), ArgumentTest.notEqual(1, 7))));
    }
    byte[] bytes =
        Compiler.compile(new Profile(Action.ALLOW, Action.KILL_THREAD, rules, 0), List.of(X));
    assertTrue(bytes.length > 8 * 1000, "bytes " + bytes.length);
    Interpreter program = new Interpreter(bytes);
    for (int i = 0; i < calls.size(); i++) {
      int nr = SystemCalls.number(calls.get(i).name(), X);
      if (nr >= 0) {
        assertEquals(Action.errno(i + 1), program.run(X, nr, i, 6));
        assertEquals(Action.ALLOW, program.run(X, nr, i, 7));
        assertEquals(Action.ALLOW, program.run(X, nr, i + 1, 6));
      }
    }
  }

  @Test
  void profilesThatAreNoneAreRefusedWithTheRuleThatIsWrong() {
    String[] bad = {
      "{}",
      "[]",
      "not json",
      "{\"defaultAction\":\"SCMP_ACT_NONE\"}",
      "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":70000}",
      rule("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}"),
      rule("{\"names\":[\"read\"]}"),
      rule("{\"names\":[\"read\"],\"action\":\"ALLOW\"}"),
      rule(
          "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":6,\"value\":1,"
              + "\"op\":\"SCMP_CMP_EQ\"}]}"),
      rule(
          "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,"
              + "\"op\":\"EQ\"}]}"),
      rule(
          "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"x\"}}"),
    };
    for (String json : bad) {
      assertThrows(PhylloException.class, () -> program(json), json);
    }
    InvalidException e =
        assertThrows(InvalidException.class, () -> program(rule("{\"names\":[]}")));
    assertTrue(e.getMessage().contains("rule 1"), e.getMessage());
    assertThrows(
        UnsupportedException.class,
        () -> program(rule("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_NOTIFY\"}")));
  }

  private static String rule(String rule) {
    return "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" + rule + "]}";
  }

  @Test
  void aProfileThatIsTooLongForTheKernelIsRefused() {
    StringBuilder json = new StringBuilder("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[");
    for (int i = 0; i < 3000; i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,")
          .append("\"value\":")
          .append(i)
          .append(",\"op\":\"SCMP_CMP_EQ\"}]}");
    }
    assertThrows(InvalidException.class, () -> program(json.append("]}").toString()));
  }
}
