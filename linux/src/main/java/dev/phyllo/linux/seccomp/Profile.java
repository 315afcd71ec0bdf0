package dev.phyllo.linux.seccomp;

import java.util.List;

/**
 * Which system calls are allowed.
 *
 * @param otherwise what becomes of calls of which no rule speaks
 * @param unknown what becomes of calls that have no name here
 * @param rules the exceptions
 * @param flags of seccomp(2)
 */
record Profile(Action otherwise, Action unknown, List<Rule> rules, int flags) {
  /** SECCOMP_FILTER_FLAG_SPEC_ALLOW: a filter does not slow down speculation; as with runc. */
  static final int SPEC_ALLOW = 4;

  /** SECCOMP_FILTER_FLAG_LOG. */
  static final int LOG = 2;

  /** SECCOMP_FILTER_FLAG_TSYNC. */
  static final int TSYNC = 1;

  Profile {
    rules = List.copyOf(rules);
  }
}
