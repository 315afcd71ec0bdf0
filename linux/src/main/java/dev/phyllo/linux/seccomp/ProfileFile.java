package dev.phyllo.linux.seccomp;

import dev.phyllo.linux.Capabilities;
import dev.phyllo.linux.seccomp.ArgumentTest.Operator;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a profile in docker's JSON form (docs.docker.com/engine/security/seccomp), which is the OCI
 * runtime specification's {@code linux.seccomp} (config-linux.md) with conditions: rules that only
 * hold with certain capabilities, architectures or kernels.
 */
final class ProfileFile {
  private static final int MAX_RULES = 4096;
  private static final int MAX_NAMES = 4096;
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  private static final Map<String, Operator> OPERATORS =
      Map.of(
          "SCMP_CMP_NE", Operator.NOT_EQUAL,
          "SCMP_CMP_LT", Operator.LESS,
          "SCMP_CMP_LE", Operator.LESS_OR_EQUAL,
          "SCMP_CMP_EQ", Operator.EQUAL,
          "SCMP_CMP_GE", Operator.GREATER_OR_EQUAL,
          "SCMP_CMP_GT", Operator.GREATER,
          "SCMP_CMP_MASKED_EQ", Operator.MASKED_EQUAL);

  private final long capabilities;
  private final Architecture architecture;
  private final String kernel;

  /** What is being read, for errors. */
  private String thing = "the seccomp profile";

  /**
   * @param capabilities of the container, bits by number
   * @param kernel its release, such as {@code 6.12.3-arch1}
   */
  ProfileFile(long capabilities, Architecture architecture, String kernel) {
    this.capabilities = capabilities;
    this.architecture = architecture;
    this.kernel = kernel;
  }

  /**
   * A profile and the architectures it is for.
   *
   * @param architectures whose programs run; others are killed
   */
  record Parsed(Profile profile, List<Architecture> architectures) {}

  /**
   * Reads a profile.
   *
   * @throws InvalidException if it is no profile
   * @throws UnsupportedException if it asks for what is not to be had
   */
  Parsed parse(String json) {
    JsonObject o = JsonCodec.parseObject(json.getBytes(StandardCharsets.UTF_8), thing);
    Action otherwise = action(o.requireString("defaultAction"), errno(o, "defaultErrnoRet"));
    List<Rule> rules = new ArrayList<>();
    List<JsonObject> all = o.objects("syscalls");
    if (all.size() > MAX_RULES) {
      throw invalid("more than " + MAX_RULES + " rules");
    }
    for (int i = 0; i < all.size(); i++) {
      thing = "the seccomp profile, rule " + (i + 1);
      rule(all.get(i), rules);
    }
    thing = "the seccomp profile";
    boolean errno = (otherwise.value() >>> 16) == 5;
    Action unknown = errno ? Action.errno(ENOSYS) : otherwise;
    return new Parsed(new Profile(otherwise, unknown, rules, flags(o)), architectures(o));
  }

  private void rule(JsonObject o, List<Rule> into) {
    List<String> names = new ArrayList<>(o.strings("names"));
    o.string("name").ifPresent(names::add);
    if (names.isEmpty() || names.size() > MAX_NAMES) {
      throw invalid(names.isEmpty() ? "no names" : "more than " + MAX_NAMES + " names");
    }
    Optional<JsonObject> includes = o.object("includes");
    Optional<JsonObject> excludes = o.object("excludes");
    if (includes.isPresent() && !holds(includes.get())
        || excludes.isPresent() && applies(excludes.get())) {
      return;
    }
    Action action = action(o.requireString("action"), errno(o, "errnoRet"));
    List<ArgumentTest> tests = new ArrayList<>();
    boolean[] seen = new boolean[6];
    boolean repeated = false;
    for (JsonObject t : o.objects("args")) {
      ArgumentTest test = test(t);
      repeated |= seen[test.index()];
      seen[test.index()] = true;
      tests.add(test);
    }
    if (!repeated) {
      into.add(new Rule(names, action, tests));
      return;
    }
    // The same argument twice: either will do, as the OCI runtimes have it.
    for (ArgumentTest test : tests) {
      into.add(new Rule(names, action, List.of(test)));
    }
  }

  private ArgumentTest test(JsonObject o) {
    long index = o.requireNumber("index");
    Operator operator = OPERATORS.get(o.requireString("op"));
    if (index < 0 || index > 5) {
      throw invalid("argument " + index + " is not between 0 and 5");
    }
    if (operator == null) {
      throw invalid("no such comparison: " + o.requireString("op"));
    }
    return new ArgumentTest(
        (int) index, operator, o.requireNumber("value"), o.number("valueTwo").orElse(0L));
  }

  /** All that is included must be the case. */
  private boolean holds(JsonObject conditions) {
    for (String name : conditions.strings("caps")) {
      if (!hasCapability(name)) {
        return false;
      }
    }
    List<String> arches = conditions.strings("arches");
    if (!arches.isEmpty() && !arches.contains(architecture.go)) {
      return false;
    }
    return isAtLeast(conditions.string("minKernel").orElse(""));
  }

  /** One thing that is excluded suffices. */
  private boolean applies(JsonObject conditions) {
    for (String name : conditions.strings("caps")) {
      if (hasCapability(name)) {
        return true;
      }
    }
    if (conditions.strings("arches").contains(architecture.go)) {
      return true;
    }
    String least = conditions.string("minKernel").orElse("");
    return !least.isEmpty() && isAtLeast(least);
  }

  private boolean hasCapability(String name) {
    int number = Capabilities.number(name);
    return number >= 0 && (capabilities >> number & 1) != 0;
  }

  private boolean isAtLeast(String version) {
    if (version.isEmpty()) {
      return true;
    }
    int[] wanted = version(version);
    int[] here = version(kernel);
    return here[0] != wanted[0] ? here[0] > wanted[0] : here[1] >= wanted[1];
  }

  private int[] version(String text) {
    int[] numbers = new int[2];
    int at = 0;
    for (int i = 0; i < 2; i++) {
      int start = at;
      while (at < text.length() && at - start < 6 && Character.isDigit(text.charAt(at))) {
        numbers[i] = 10 * numbers[i] + text.charAt(at++) - '0';
      }
      if (at == start) {
        throw invalid("not a kernel version: " + text);
      }
      if (i == 0 && (at == text.length() || text.charAt(at++) != '.')) {
        throw invalid("not a kernel version: " + text);
      }
    }
    return numbers;
  }

  private int errno(JsonObject o, String name) {
    long number = o.number(name).orElse((long) EPERM);
    if (number < 0 || number > 4095) {
      throw invalid(name + " " + number + " is no error number");
    }
    return (int) number;
  }

  private Action action(String name, int errno) {
    return switch (name) {
      case "SCMP_ACT_ALLOW" -> Action.ALLOW;
      case "SCMP_ACT_ERRNO" -> Action.errno(errno);
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> Action.KILL_THREAD;
      case "SCMP_ACT_KILL_PROCESS" -> Action.KILL_PROCESS;
      case "SCMP_ACT_TRAP" -> Action.TRAP;
      case "SCMP_ACT_TRACE" -> Action.trace(errno);
      case "SCMP_ACT_LOG" -> Action.LOG;
      case "SCMP_ACT_NOTIFY" ->
          throw new UnsupportedException(
              thing,
              "SCMP_ACT_NOTIFY needs an agent that answers, and there is none",
              "use another action in the profile");
      default -> throw invalid("no such action: " + name);
    };
  }

  private int flags(JsonObject o) {
    if (!o.has("flags")) {
      return Profile.SPEC_ALLOW;
    }
    int flags = 0;
    for (String flag : o.strings("flags")) {
      flags |=
          switch (flag) {
            case "SECCOMP_FILTER_FLAG_LOG" -> Profile.LOG;
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW" -> Profile.SPEC_ALLOW;
            case "SECCOMP_FILTER_FLAG_TSYNC" -> Profile.TSYNC;
            default -> throw invalid("no such flag: " + flag);
          };
    }
    return flags;
  }

  /** By {@code archMap} those that go with this machine's, or those that are listed. */
  private List<Architecture> architectures(JsonObject o) {
    List<String> names = new ArrayList<>(o.strings("architectures"));
    for (JsonObject entry : o.objects("archMap")) {
      if (entry.requireString("architecture").equals(architecture.scmp)) {
        names.add(architecture.scmp);
        names.addAll(entry.strings("subArchitectures"));
      }
    }
    List<Architecture> architectures = new ArrayList<>();
    architectures.add(architecture);
    Architecture older = architecture.older();
    if (older != null && names.contains(older.scmp)) {
      architectures.add(older);
    }
    return architectures;
  }

  private InvalidException invalid(String why) {
    return new InvalidException(thing, why, "docs.docker.com/engine/security/seccomp describes it");
  }
}
