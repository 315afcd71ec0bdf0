package dev.phyllo.engine;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What this machine's own /proc says of processes; proc(5). */
final class Processes {
  /** USER_HZ, which is 100 on every architecture this runs on. */
  private static final long TICKS = 100;

  private Processes() {}

  /** The processes in the pid namespace of one, where no cgroup says which belong together. */
  static List<Integer> amongThoseOf(int pid) {
    List<Integer> found = new ArrayList<>(List.of(pid));
    String namespace = namespace(Path.of("/proc/" + pid));
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        int number = Integer.parseInt(process.getFileName().toString());
        if (number != pid && !namespace.isEmpty() && namespace(process).equals(namespace)) {
          found.add(number);
        }
      }
    } catch (IOException e) {
      throw new SystemException("/proc", e);
    }
    return found;
  }

  /** Empty for another's, and for one that has ended. */
  private static String namespace(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/pid")).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** What there is to say of these processes; those that have ended meanwhile are left out. */
  static List<ProcessInfo> of(List<Integer> pids) {
    List<ProcessInfo> found = new ArrayList<>();
    long uptime = (long) (Double.parseDouble(first(read(Path.of("/proc/uptime")))) * TICKS);
    List<Integer> sorted = new ArrayList<>(pids);
    sorted.sort(null);
    for (int pid : sorted) {
      of(pid, uptime).ifPresent(found::add);
    }
    return found;
  }

  private static Optional<ProcessInfo> of(int pid, long uptime) {
    Path process = Path.of("/proc/" + pid);
    String stat = read(process.resolve("stat"));
    int end = stat.lastIndexOf(')');
    if (end < 0) {
      return Optional.empty();
    }
    // From the third field of proc_pid_stat(5) on: state is field 0 here.
    List<String> fields = words(stat.substring(end + 1));
    if (fields.size() < 20) {
      return Optional.empty();
    }
    long used = number(fields.get(11)) + number(fields.get(12));
    long age = Math.max(1, uptime - number(fields.get(19)));
    String command = read(process.resolve("cmdline")).replace('\0', ' ').strip();
    if (command.isEmpty()) {
      command = "[" + stat.substring(stat.indexOf('(') + 1, end) + "]";
    }
    return Optional.of(
        new ProcessInfo(
            user(process),
            pid,
            (int) number(fields.get(1)),
            100 * used / age,
            began(System.currentTimeMillis() - age * 1000 / TICKS),
            terminal(number(fields.get(4))),
            used / TICKS,
            command));
  }

  private static String began(long millis) {
    LocalDateTime then =
        LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneId.systemDefault());
    if (then.toLocalDate().equals(LocalDate.now(ZoneId.systemDefault()))) {
      return two(then.getHour()) + ":" + two(then.getMinute());
    }
    String month = then.getMonth().toString();
    return month.charAt(0)
        + month.substring(1, 3).toLowerCase(java.util.Locale.ROOT)
        + two(then.getDayOfMonth());
  }

  /** tty_nr: the major number in bits 8 to 15, of pseudoterminals 136 and more. */
  private static String terminal(long number) {
    long major = number >> 8 & 0xfff;
    long minor = number & 0xff | number >> 12 & 0xfff00;
    return major >= 136 && major < 144 ? "pts/" + (minor + 256 * (major - 136)) : "?";
  }

  private static String user(Path process) {
    for (String line : read(process.resolve("status")).split("\n", -1)) {
      if (line.startsWith("Uid:")) {
        List<String> ids = words(line);
        return ids.size() > 2 ? name(ids.get(2)) : "?";
      }
    }
    return "?";
  }

  private static String name(String uid) {
    for (String line : read(Path.of("/etc/passwd")).split("\n", -1)) {
      String[] fields = line.split(":", -1);
      if (fields.length > 2 && fields[2].equals(uid)) {
        return fields[0];
      }
    }
    return uid;
  }

  /**
   * Bytes received and sent by the interfaces of a process' network namespace, the loopback left
   * out.
   */
  static long[] network(int pid) {
    long[] bytes = new long[2];
    for (String line : read(Path.of("/proc/" + pid + "/net/dev")).split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0 && !line.substring(0, colon).strip().equals("lo")) {
        List<String> fields = words(line.substring(colon + 1));
        if (fields.size() > 8) {
          bytes[0] += number(fields.get(0));
          bytes[1] += number(fields.get(8));
        }
      }
    }
    return bytes;
  }

  /** How much memory the machine has, in bytes. */
  static long machineMemory() {
    for (String line : read(Path.of("/proc/meminfo")).split("\n", -1)) {
      if (line.startsWith("MemTotal:")) {
        return 1024 * number(words(line).get(1));
      }
    }
    return Long.MAX_VALUE;
  }

  private static String two(int value) {
    return value < 10 ? "0" + value : Integer.toString(value);
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static String first(String text) {
    List<String> words = words(text);
    return words.isEmpty() ? "0" : words.getFirst();
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String word : text.split("[ \t\n]+", -1)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
