package dev.phyllo.cli;

import dev.phyllo.containers.Ulimit;
import dev.phyllo.engine.ResourceRequest;
import dev.phyllo.oci.UsageException;
import java.util.Optional;

/** The options of {@code run} and {@code create} that say how much a container may use. */
final class ResourceOptions {
  private static final String UNITS = "bkmgtp";

  private ResourceOptions() {}

  static void declare(Syntax syntax) {
    declareChangeable(syntax);
    syntax
        .flag(null, "oom-kill-disable", "Let it wait when memory is out (cgroups of version 1)")
        .value(null, "oom-score-adj", "NUMBER", "How readily it is killed when memory is out")
        .value(null, "ulimit", "NAME=SOFT[:HARD]", "A limit of each process, such as nofile=1024")
        .value(null, "shm-size", "BYTES", "Size of /dev/shm; 64m is usual");
  }

  /** Those that {@code update} has, too. */
  static void declareChangeable(Syntax syntax) {
    syntax
        .value("m", "memory", "BYTES", "Give it this much memory at most, such as 512m")
        .value(null, "memory-swap", "BYTES", "Memory and swap together; -1 for any swap")
        .value(null, "memory-reservation", "BYTES", "Push it back to this when memory is short")
        .value(null, "cpus", "NUMBER", "Give it this many processors' time, such as 1.5")
        .value("c", "cpu-shares", "WEIGHT", "Its weight beside others; 1024 is usual")
        .value(null, "cpu-period", "MICROSECONDS", "The period in which --cpu-quota holds")
        .value(null, "cpu-quota", "MICROSECONDS", "Processor time in each period")
        .value(null, "cpuset-cpus", "LIST", "Run on these processors only, such as 0-2,7")
        .value(null, "cpuset-mems", "LIST", "Use these memory nodes only")
        .value(null, "pids-limit", "NUMBER", "Processes and threads at most; -1 for any number")
        .value(null, "blkio-weight", "WEIGHT", "Its weight on disks, 10 to 1000");
  }

  static void apply(Arguments arguments, ResourceRequest request) {
    for (String limit : arguments.values("ulimit")) {
      request.ulimit(Ulimit.parse(limit));
    }
    Optional<String> value = arguments.value("memory");
    if (value.isPresent()) {
      request.memory(bytes("--memory", value.get()));
    }
    value = arguments.value("memory-swap");
    if (value.isPresent()) {
      String text = value.get();
      request.memorySwap(text.equals("-1") ? -1 : bytes("--memory-swap", text));
    }
    value = arguments.value("memory-reservation");
    if (value.isPresent()) {
      request.memoryReservation(bytes("--memory-reservation", value.get()));
    }
    value = arguments.value("cpu-period");
    if (value.isPresent()) {
      request.cpuPeriod(number("--cpu-period", value.get()));
    }
    value = arguments.value("cpu-quota");
    if (value.isPresent()) {
      request.cpuQuota(number("--cpu-quota", value.get()));
    }
    value = arguments.value("cpus");
    if (value.isPresent()) {
      request.nanoCpus(decimal("--cpus", value.get(), 1_000_000_000L));
    }
    value = arguments.value("cpu-shares");
    if (value.isPresent()) {
      request.cpuShares(number("--cpu-shares", value.get()));
    }
    others(arguments, request);
  }

  private static void others(Arguments arguments, ResourceRequest request) {
    Optional<String> value = arguments.value("cpuset-cpus");
    if (value.isPresent()) {
      request.cpusetCpus(list("--cpuset-cpus", value.get()));
    }
    value = arguments.value("cpuset-mems");
    if (value.isPresent()) {
      request.cpusetMems(list("--cpuset-mems", value.get()));
    }
    value = arguments.value("pids-limit");
    if (value.isPresent()) {
      request.pids(number("--pids-limit", value.get()));
    }
    value = arguments.value("blkio-weight");
    if (value.isPresent()) {
      request.blkioWeight((int) number("--blkio-weight", value.get()));
    }
    value = arguments.value("oom-score-adj");
    if (value.isPresent()) {
      request.oomScoreAdj((int) number("--oom-score-adj", value.get()));
    }
    value = arguments.value("shm-size");
    if (value.isPresent()) {
      request.shmSize(bytes("--shm-size", value.get()));
    }
    request.oomKillDisable(arguments.has("oom-kill-disable"));
  }

  /** Docker's sizes: {@code 512m}, {@code 1.5g}, {@code 64kb}, {@code 100} for bytes. */
  static long bytes(String option, String text) {
    int end = text.length();
    String lower = text.toLowerCase(java.util.Locale.ROOT);
    if (lower.endsWith("ib") && end > 2) {
      end -= 2;
    } else if (lower.endsWith("b") && end > 1 && UNITS.indexOf(lower.charAt(end - 2)) > 0) {
      end -= 1;
    }
    int power = end == 0 ? -1 : UNITS.indexOf(lower.charAt(end - 1));
    long unit = power < 0 ? 1 : 1L << 10 * power;
    return decimal(option, power < 0 ? lower : lower.substring(0, end - 1), unit);
  }

  /** A number with a fraction, times a unit, rounded down. */
  private static long decimal(String option, String text, long unit) {
    int point = text.indexOf('.');
    String whole = point < 0 ? text : text.substring(0, point);
    String fraction = point < 0 ? "" : text.substring(point + 1);
    boolean good = !(whole.isEmpty() && fraction.isEmpty()) && fraction.length() <= 9;
    long value = 0;
    for (int i = 0; good && i < whole.length(); i++) {
      int digit = whole.charAt(i) - '0';
      good = digit >= 0 && digit <= 9 && value <= (Long.MAX_VALUE / unit - digit) / 10;
      value = 10 * value + digit;
    }
    double part = 0;
    for (int i = fraction.length() - 1; good && i >= 0; i--) {
      int digit = fraction.charAt(i) - '0';
      good = digit >= 0 && digit <= 9;
      part = (part + digit) / 10;
    }
    if (!good) {
      throw new UsageException(
          option + " " + text, "not a number that can be", "such as 1.5 or 512m");
    }
    return value * unit + (long) (part * unit);
  }

  private static long number(String option, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new UsageException(option + " " + text, "not a whole number", "write digits only");
    }
  }

  /** Digits, commas and dashes: what goes to the kernel as it is. */
  private static String list(String option, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && c != ',' && c != '-') {
        throw new UsageException(option + " " + text, "not a list of numbers", "such as 0-2,7");
      }
    }
    return text;
  }
}
