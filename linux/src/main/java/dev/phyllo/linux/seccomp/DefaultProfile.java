package dev.phyllo.linux.seccomp;

import dev.phyllo.linux.Capabilities;
import java.util.ArrayList;
import java.util.List;

/**
 * The calls that a container has where nothing is said: an allow-list, whose column {@code who} in
 * {@code syscalls.txt} says for each call whether it is on it. What is left out concerns the whole
 * machine (clocks, modules, swap, kexec), is not divided into namespaces (keyrings), makes new
 * namespaces and mounts, or has a record of holes far above its use in containers (io_uring,
 * userfaultfd). Where a capability guards such a call, whoever has that gets the call, too.
 */
final class DefaultProfile {
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  private static final long NAMESPACES = 0x7e020000L;
  private static final int AF_VSOCK = 40;
  private static final long INT = 0xffffffffL;

  /** PER_LINUX, PER_LINUX32, the same with UNAME26, and the question which one it is. */
  private static final long[] PERSONALITIES = {0, 8, 0x20000, 0x20008, INT};

  private DefaultProfile() {}

  /**
   * The profile for containers with these capabilities.
   *
   * @param capabilities bits by number
   */
  static Profile of(long capabilities) {
    List<String> allowed = new ArrayList<>();
    for (SystemCalls.Call call : SystemCalls.all()) {
      if (call.who().equals("all") || hasOne(call.who(), capabilities)) {
        allowed.add(call.name());
      }
    }
    List<Rule> rules = new ArrayList<>();
    boolean mayUnshare = hasOne("SYS_ADMIN", capabilities);
    if (mayUnshare) {
      allowed.add("clone");
      allowed.add("clone3");
    } else {
      rules.add(
          new Rule(List.of("clone"), Action.ALLOW, List.of(ArgumentTest.without(0, NAMESPACES))));
      // Its flags are in memory, where no filter sees them. C libraries then use clone(2).
      rules.add(Rule.always(Action.errno(ENOSYS), List.of("clone3")));
    }
    for (long personality : PERSONALITIES) {
      rules.add(new Rule(List.of("personality"), Action.ALLOW, List.of(isInt(0, personality))));
    }
    // Other virtual machines of the host, and the host of this one: no namespace divides them.
    rules.add(new Rule(List.of("socket"), Action.errno(EPERM), List.of(isInt(0, AF_VSOCK))));
    allowed.add("socket");
    rules.add(Rule.always(Action.ALLOW, allowed));
    return new Profile(Action.errno(EPERM), Action.errno(ENOSYS), rules, Profile.SPEC_ALLOW);
  }

  /** The kernel looks at 32 bits of such an argument: so must the filter, or be led by the rest. */
  private static ArgumentTest isInt(int index, long value) {
    return new ArgumentTest(index, ArgumentTest.Operator.MASKED_EQUAL, INT, value);
  }

  private static boolean hasOne(String names, long capabilities) {
    int at = 0;
    while (at < names.length()) {
      int comma = names.indexOf(',', at);
      int end = comma < 0 ? names.length() : comma;
      int number = Capabilities.number(names.substring(at, end));
      if (number >= 0 && (capabilities >> number & 1) != 0) {
        return true;
      }
      at = end + 1;
    }
    return false;
  }

  /** Those of some capabilities on which this profile depends at all. */
  static long relevant(long capabilities) {
    long relevant = 0;
    for (SystemCalls.Call call : SystemCalls.all()) {
      for (int number = 0; number < Capabilities.count(); number++) {
        if (hasOne(call.who(), capabilities & 1L << number)) {
          relevant |= 1L << number;
        }
      }
    }
    return relevant;
  }
}
