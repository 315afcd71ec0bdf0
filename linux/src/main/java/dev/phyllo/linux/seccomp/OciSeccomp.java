package dev.phyllo.linux.seccomp;

import dev.phyllo.linux.Errno;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * A profile as the OCI runtime specification writes it (config-linux.md, Seccomp), for runtimes
 * that make their own filter of it. That form has no word for calls that have no name here: such a
 * runtime decides about them itself, as runc does by ENOSYS.
 */
final class OciSeccomp {
  private static final int ERRNO = 0x00050000;
  private static final int TRACE = 0x7ff00000;
  private static final int KIND = 0xffff0000;

  private OciSeccomp() {}

  static Json.Obj of(Profile profile, List<Architecture> architectures) {
    JsonBuilder b = new JsonBuilder();
    put(b, "defaultAction", "defaultErrnoRet", profile.otherwise());
    List<String> names = new ArrayList<>();
    for (Architecture architecture : architectures) {
      names.add(architecture.scmp);
    }
    b.put("architectures", JsonBuilder.array(names));
    List<String> flags = new ArrayList<>();
    if ((profile.flags() & Profile.TSYNC) != 0) {
      flags.add("SECCOMP_FILTER_FLAG_TSYNC");
    }
    if ((profile.flags() & Profile.LOG) != 0) {
      flags.add("SECCOMP_FILTER_FLAG_LOG");
    }
    b.putStrings("flags", flags);
    List<Json> rules = new ArrayList<>();
    for (Rule rule : profile.rules()) {
      // A rule that says what happens anyway is one that libseccomp refuses.
      if (rule.action().value() != profile.otherwise().value() && !rule.names().isEmpty()) {
        rules.add(rule(rule));
      }
    }
    // socket(2) is refused for one family and allowed otherwise: two rules of different kinds for
    // one call, of which libseccomp takes the one with a condition first.
    return b.put("syscalls", new Json.Array(rules)).build();
  }

  private static Json rule(Rule rule) {
    JsonBuilder b = new JsonBuilder().put("names", JsonBuilder.array(rule.names()));
    put(b, "action", "errnoRet", rule.action());
    if (!rule.tests().isEmpty()) {
      List<Json> tests = new ArrayList<>();
      for (ArgumentTest test : rule.tests()) {
        tests.add(
            new JsonBuilder()
                .put("index", test.index())
                .put("value", test.value())
                .put("valueTwo", test.second())
                .put("op", operator(test.operator()))
                .build());
      }
      b.put("args", new Json.Array(tests));
    }
    return b.build();
  }

  private static void put(JsonBuilder b, String member, String errno, Action action) {
    int value = action.value();
    b.put(member, name(value));
    if ((value & KIND) == ERRNO && (value & 0xffff) != Errno.EPERM) {
      b.put(errno, value & 0xffff);
    } else if ((value & KIND) == TRACE && (value & 0xffff) != 0) {
      b.put(errno, value & 0xffff);
    }
  }

  private static String name(int value) {
    return switch (value & KIND) {
      case ERRNO -> "SCMP_ACT_ERRNO";
      case TRACE -> "SCMP_ACT_TRACE";
      case 0x7fff0000 -> "SCMP_ACT_ALLOW";
      case 0x7ffc0000 -> "SCMP_ACT_LOG";
      case 0x00030000 -> "SCMP_ACT_TRAP";
      case 0x80000000 -> "SCMP_ACT_KILL_PROCESS";
      default -> "SCMP_ACT_KILL_THREAD";
    };
  }

  private static String operator(ArgumentTest.Operator operator) {
    return switch (operator) {
      case EQUAL -> "SCMP_CMP_EQ";
      case NOT_EQUAL -> "SCMP_CMP_NE";
      case LESS -> "SCMP_CMP_LT";
      case LESS_OR_EQUAL -> "SCMP_CMP_LE";
      case GREATER -> "SCMP_CMP_GT";
      case GREATER_OR_EQUAL -> "SCMP_CMP_GE";
      case MASKED_EQUAL -> "SCMP_CMP_MASKED_EQ";
    };
  }
}
