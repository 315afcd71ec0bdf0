package dev.phyllo.linux;

import java.util.HashMap;
import java.util.Map;

/** What descriptors stand for, learned from the calls that made them: {@code 5</root>}. */
final class FdNames {
  private final Map<Long, String> names = new HashMap<>();

  FdNames() {}

  /** A copy: what a child does with its descriptors does not change ours. */
  FdNames(FdNames others) {
    names.putAll(others.names);
  }

  /** Learns from a call that has succeeded. */
  void learn(int nr, long result, long[] arguments, String firstString) {
    if (nr == Sys.CLOSE) {
      names.remove(arguments[0]);
    } else if (nr == Sys.DUP3) {
      names.put(result, names.getOrDefault(arguments[0], ""));
    } else if (nr == Sys.OPENAT2 || nr == Sys.OPEN_TREE || nr == Sys.FSOPEN) {
      names.put(result, firstString);
    } else if (nr == Sys.FSMOUNT) {
      names.put(result, names.getOrDefault(arguments[0], ""));
    } else if (nr == Sys.PIPE2 || nr == Sys.SOCKET || nr == Sys.FCNTL) {
      names.remove(result);
    }
  }

  String text(long fd) {
    String name = names.getOrDefault(fd, "");
    return name.isEmpty() ? Long.toString(fd) : fd + "<" + name + ">";
  }
}
