package dev.phyllo.linux.seccomp;

import java.util.List;

/**
 * What becomes of some calls.
 *
 * @param names of the calls; those that an architecture does not have mean nothing there
 * @param action what becomes of them
 * @param tests all of which must hold; empty for always
 */
record Rule(List<String> names, Action action, List<ArgumentTest> tests) {
  Rule {
    names = List.copyOf(names);
    tests = List.copyOf(tests);
  }

  static Rule always(Action action, List<String> names) {
    return new Rule(names, action, List.of());
  }
}
