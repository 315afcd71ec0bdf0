package dev.phyllo.linux;

import org.jspecify.annotations.Nullable;

/** The kernel's capabilities, sets of them being the bits of a long; capabilities(7). */
public final class Capabilities {
  /** By number. */
  private static final String[] NAMES = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
  };

  /** What docker gives a container that asks for nothing. */
  public static final long DOCKER_DEFAULT =
      1L << 0 // CHOWN
          | 1L << 1 // DAC_OVERRIDE
          | 1L << 3 // FOWNER
          | 1L << 4 // FSETID
          | 1L << 5 // KILL
          | 1L << 6 // SETGID
          | 1L << 7 // SETUID
          | 1L << 8 // SETPCAP
          | 1L << 10 // NET_BIND_SERVICE
          | 1L << 13 // NET_RAW
          | 1L << 18 // SYS_CHROOT
          | 1L << 27 // MKNOD
          | 1L << 29 // AUDIT_WRITE
          | 1L << 31; // SETFCAP

  /** _LINUX_CAPABILITY_VERSION_3, for this process. */
  private static final long VERSION_3 = 0x20080522L;

  private Capabilities() {}

  /**
   * The name of a number, such as {@code "CAP_CHOWN"}, or {@code "CAP_41"} for one unknown here.
   */
  public static String name(int number) {
    return number < NAMES.length ? "CAP_" + NAMES[number] : "CAP_" + number;
  }

  /**
   * The number of a name.
   *
   * @param name with or without {@code CAP_}, in any case
   * @return -1 if there is no such capability
   */
  public static int number(String name) {
    String bare = name.regionMatches(true, 0, "CAP_", 0, 4) ? name.substring(4) : name;
    for (int i = 0; i < NAMES.length; i++) {
      if (NAMES[i].equalsIgnoreCase(bare)) {
        return i;
      }
    }
    return -1;
  }

  /** How many are known by name here. */
  public static int count() {
    return NAMES.length;
  }

  /** The highest number this kernel has: /proc/sys/kernel/cap_last_cap, or the last named here. */
  public static int last() {
    Integer known = last;
    if (known == null) {
      known = readLast();
      last = known;
    }
    return known;
  }

  private static @Nullable Integer last;

  private static int readLast() {
    int opened =
        FileCalls.tryOpenat2(
            Fd.CWD, Text.bytes("/proc/sys/kernel/cap_last_cap"), Open.RDONLY, 0, 0);
    if (opened < 0) {
      return NAMES.length - 1;
    }
    try (Fd file = Fd.of(opened)) {
      byte[] digits = new byte[16];
      int number = 0;
      int length = FileData.read(file, digits, 0, digits.length);
      for (int i = 0; i < length && digits[i] >= '0' && digits[i] <= '9'; i++) {
        number = 10 * number + digits[i] - '0';
      }
      return number;
    }
  }

  /**
   * Those that this process may use; capget(2). Another process of the engine has the same ones.
   */
  public static long own() {
    Memory memory = Scratch.fresh();
    long header = memory.room(8);
    long sets = memory.room(24);
    memory.putLong(header, VERSION_3);
    Kernel.check(Kernel.ask(Sys.CAPGET, header, sets, 0, 0), "capget", "this process");
    // Effective, permitted and inheritable of numbers below 32, then the same of those above.
    long low = Integer.toUnsignedLong(memory.getInt(sets + 4));
    long high = Integer.toUnsignedLong(memory.getInt(sets + 16));
    return low | high << 32;
  }

  /** All that this kernel has. */
  public static long all() {
    return last() >= 63 ? -1L : (1L << last() + 1) - 1;
  }
}
