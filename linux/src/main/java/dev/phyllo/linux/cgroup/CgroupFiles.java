package dev.phyllo.linux.cgroup;

import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.SystemException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The small text files that a cgroup consists of, and its directories. */
final class CgroupFiles {
  /** No file here is long, but cgroup.procs may hold many numbers. */
  private static final int MAX_BYTES = 8 << 20;

  private CgroupFiles() {}

  static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * A directory, unless it is there.
   *
   * @return 0 or a negative error number
   */
  static int makeDirectory(String path) {
    int result = FileCalls.tryMkdirat(Fd.CWD, bytes(path), 0755);
    return result == -Errno.EEXIST ? 0 : result;
  }

  static boolean exists(String path) {
    return FileCalls.statOrNull(Fd.CWD, bytes(path)) != null;
  }

  /** The text of a file; empty if it cannot be read. */
  static String read(String path) {
    int opened = FileCalls.tryOpenat2(Fd.CWD, bytes(path), Open.RDONLY, 0, 0);
    if (opened < 0) {
      return "";
    }
    try (Fd file = Fd.of(opened)) {
      byte[] text = new byte[4096];
      int length = 0;
      int got;
      while (length < MAX_BYTES
          && (got = FileData.tryRead(file, text, length, text.length - length)) > 0) {
        length += got;
        if (length == text.length) {
          text = java.util.Arrays.copyOf(text, 2 * length);
        }
      }
      return new String(text, 0, length, StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Writes a value at once, as these files want it.
   *
   * @return the number of bytes or a negative error number
   */
  static int tryWrite(String path, String value) {
    int opened = FileCalls.tryOpenat2(Fd.CWD, bytes(path), Open.WRONLY, 0, 0);
    if (opened < 0) {
      return opened;
    }
    try (Fd file = Fd.of(opened)) {
      byte[] text = bytes(value);
      return FileData.tryWrite(file, text, 0, text.length);
    }
  }

  /** Writes a value; see {@link #tryWrite}. */
  static void write(String path, String value) {
    int result = tryWrite(path, value);
    if (result < 0) {
      throw failure(path, "write \"" + value + "\"", -result);
    }
  }

  static SystemException failure(String path, String what, int errno) {
    return new SystemException(path, what + ": " + Errno.describe(errno), "", errno);
  }

  /** The number in a file; -1 if there is none, {@link Long#MAX_VALUE} for "max". */
  static long number(String path) {
    return parse(read(path).strip());
  }

  static long parse(String text) {
    if (text.equals("max")) {
      return Long.MAX_VALUE;
    }
    if (text.isEmpty() || text.length() > 20) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      if (value > (Long.MAX_VALUE - digit) / 10) {
        return Long.MAX_VALUE;
      }
      value = 10 * value + digit;
    }
    return value;
  }

  /** The number behind a word at the start of a line: {@code "oom_kill 3"}; -1 if there is none. */
  static long field(String text, String name) {
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      if (end < 0) {
        end = text.length();
      }
      if (text.startsWith(name, at)
          && at + name.length() < end
          && text.charAt(at + name.length()) == ' ') {
        return parse(text.substring(at + name.length() + 1, end).strip());
      }
      at = end + 1;
    }
    return -1;
  }

  /** The numbers of a file, one a line. */
  static List<Integer> numbers(String path) {
    List<Integer> numbers = new ArrayList<>();
    String text = read(path);
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      if (end < 0) {
        end = text.length();
      }
      long number = parse(text.substring(at, end).strip());
      if (number > 0 && number <= Integer.MAX_VALUE) {
        numbers.add((int) number);
      }
      at = end + 1;
    }
    return numbers;
  }

  /** The names of the cgroups below one. */
  static List<String> children(String path) {
    List<String> names = new ArrayList<>();
    int opened = FileCalls.tryOpenat2(Fd.CWD, bytes(path), Open.RDONLY | Open.DIRECTORY, 0, 0);
    if (opened < 0) {
      return names;
    }
    try (Fd directory = Fd.of(opened)) {
      for (var entry : FileCalls.list(directory)) {
        if (entry.type() == Stat.DIRECTORY) {
          names.add(new String(entry.name(), StandardCharsets.UTF_8));
        }
      }
    }
    return names;
  }

  /** Removes an empty cgroup; 0 or a negative error number. */
  static int removeDirectory(String path) {
    return FileCalls.tryUnlinkat(Fd.CWD, bytes(path), At.REMOVEDIR);
  }
}
