package dev.phyllo.linux.seccomp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The numbers of all system calls by name, for each {@link Architecture}; syscalls(2). */
final class SystemCalls {
  /**
   * A line of the table.
   *
   * @param numbers by architecture, -1 where there is none
   * @param who may make it by default: {@code all}, {@code none}, {@code tested} where it depends
   *     on the arguments, or the names of capabilities, one of which is needed, with commas between
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Call(String name, int[] numbers, String who) {}

  private static final Map<String, Call> TABLE = read();

  private SystemCalls() {}

  /** Every call that some architecture has. */
  static Collection<Call> all() {
    return TABLE.values();
  }

  /** The number of a call; -1 if there is none of that name. */
  static int number(String name, Architecture architecture) {
    Call call = TABLE.get(name);
    return call == null ? -1 : call.numbers[architecture.column - 1];
  }

  private static Map<String, Call> read() {
    String text;
    try (InputStream in = SystemCalls.class.getResourceAsStream("syscalls.txt")) {
      if (in == null) {
        throw new IllegalStateException("syscalls.txt is not part of this build");
      }
      text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, Call> table = new TreeMap<>();
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      if (text.charAt(at) != '#') {
        row(text.substring(at, end), table);
      }
      at = end + 1;
    }
    return table;
  }

  private static void row(String line, Map<String, Call> table) {
    int[] numbers = new int[3];
    int blank = line.indexOf(' ');
    String name = line.substring(0, blank);
    for (int i = 0; i < numbers.length; i++) {
      int next = line.indexOf(' ', blank + 1);
      String word = line.substring(blank + 1, next < 0 ? line.length() : next);
      numbers[i] = word.equals("-") ? -1 : Integer.parseInt(word);
      blank = next;
    }
    table.put(name, new Call(name, numbers, line.substring(blank + 1)));
  }
}
