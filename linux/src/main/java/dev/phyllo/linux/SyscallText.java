package dev.phyllo.linux;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * System calls as text, the way strace(1) has it: decoded from the very memory the kernel was
 * given.
 */
final class SyscallText {
  /** Longer strings are cut, as strace does. */
  private static final int SHORT = 8;

  private static final int LONGEST = 160;

  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_CAP_AMBIENT = 47;

  private static final String[] FSCONFIG = {
    "FSCONFIG_SET_FLAG",
    "FSCONFIG_SET_STRING",
    "FSCONFIG_SET_BINARY",
    "FSCONFIG_SET_PATH",
    "FSCONFIG_SET_PATH_EMPTY",
    "FSCONFIG_SET_FD",
    "FSCONFIG_CMD_CREATE",
    "FSCONFIG_CMD_RECONFIGURE",
  };

  private static final String[] RESOURCES = {
    "CPU",
    "FSIZE",
    "DATA",
    "STACK",
    "CORE",
    "RSS",
    "NPROC",
    "NOFILE",
    "MEMLOCK",
    "AS",
    "LOCKS",
    "SIGPENDING",
    "MSGQUEUE",
    "NICE",
    "RTPRIO",
    "RTTIME",
  };

  private final long[] arguments;
  private final Memory memory;
  private final FdNames names;
  private String firstString = "";

  private SyscallText(long[] arguments, Memory memory, FdNames names) {
    this.arguments = arguments;
    this.memory = memory;
    this.names = names;
  }

  /**
   * A call that has been made.
   *
   * @param memory where its pointers may point to; others are shown as numbers
   * @param names what descriptors stand for; learns from this call
   */
  static SyscallStep step(
      String note,
      int nr,
      long[] arguments,
      long result,
      long nanos,
      Memory memory,
      FdNames names) {
    SyscallTable.Entry entry = SyscallTable.of(nr);
    if (entry == null) {
      return new SyscallStep(note, "syscall_" + nr, List.of(), result, nanos);
    }
    SyscallText text = new SyscallText(arguments, memory, names);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < entry.kinds().length; i++) {
      words.add(text.argument(entry.kinds()[i], i));
    }
    if (result >= 0) {
      names.learn(nr, result, arguments, text.firstString);
    }
    return new SyscallStep(note, entry.name(), words, result, nanos);
  }

  private String argument(SyscallTable.Kind kind, int i) {
    long value = arguments[i];
    return switch (kind) {
      case INT -> Long.toString(value);
      case UNSIGNED -> value == 0xffffffffL ? "~0U" : Long.toString(value);
      case POINTER -> value == 0 ? "NULL" : "0x" + Long.toHexString(value);
      case FD -> names.text(value);
      case DIRECTORY -> value == -100 ? "AT_FDCWD" : names.text(value);
      case STRING -> string(value);
      case STRINGS -> strings(value);
      case ENVIRONMENT -> memory.contains(value) ? "/* " + count(value) + " vars */" : hex(value);
      case BUFFER -> buffer(value, arguments[i + 1]);
      case MODE -> mode(value);
      case DEVICE -> "makedev(" + (value >> 8 & 0xfff) + ", " + (value & 0xff) + ")";
      case HOW -> how(value);
      case MOUNT_ATTR_STRUCT -> mountAttr(value);
      case FSCONFIG_COMMAND -> named(FSCONFIG, value);
      case FSCONFIG_VALUE -> arguments[1] == Mounts.SET_STRING ? string(value) : hex(value);
      case PRCTL -> prctl(value);
      case PRCTL_VALUE ->
          arguments[0] == PR_CAPBSET_DROP ? Capabilities.name((int) value) : Long.toString(value);
      case SIGNAL -> Signals.name((int) value);
      case SIGSET -> memory.contains(value) && memory.getLong(value) == 0 ? "[]" : hex(value);
      case SIGPROCMASK -> value == 2 ? "SIG_SETMASK" : Long.toString(value);
      case IOCTL -> ioctl(value);
      case RESOURCE -> "RLIMIT_" + named(RESOURCES, value);
      case OPEN_FLAGS -> Flags.OPEN.text(value);
      case AT_FLAGS -> Flags.AT.text(value);
      case UNLINK_FLAGS -> Flags.UNLINK.text(value);
      case MOUNT_FLAGS -> Flags.MOUNT.text(value);
      case UNMOUNT_FLAGS -> Flags.UNMOUNT.text(value);
      case MOUNT_ATTR -> Flags.MOUNT_ATTR.text(value);
      case OPEN_TREE_FLAGS -> Flags.OPEN_TREE.text(value);
      case MOVE_MOUNT_FLAGS -> Flags.MOVE_MOUNT.text(value);
      case FSOPEN_FLAGS -> Flags.FSOPEN.text(value);
      case FSMOUNT_FLAGS -> Flags.FSMOUNT.text(value);
      case CLOSE_RANGE_FLAGS -> Flags.CLOSE_RANGE.text(value);
      case CLONE_FLAGS -> Flags.CLONE.text(value);
    };
  }

  private String string(long address) {
    if (address == 0) {
      return "NULL";
    }
    if (!memory.contains(address)) {
      return hex(address);
    }
    byte[] bytes = memory.cstringAt(address);
    if (firstString.isEmpty()) {
      firstString = Text.of(bytes);
    }
    return quoted(bytes);
  }

  private String strings(long address) {
    if (!memory.contains(address)) {
      return hex(address);
    }
    StringBuilder text = new StringBuilder("[");
    for (long at = address; memory.getLong(at) != 0; at += 8) {
      text.append(at == address ? "" : ", ").append(string(memory.getLong(at)));
    }
    return text.append(']').toString();
  }

  private int count(long address) {
    int count = 0;
    while (memory.getLong(address + 8L * count) != 0) {
      count++;
    }
    return count;
  }

  private String buffer(long address, long length) {
    if (!memory.contains(address)) {
      return hex(address);
    }
    byte[] bytes = memory.get(address, (int) Math.min(length, LONGEST + 1));
    // Of what is no text, as a second stage's report, as little as strace(1) shows.
    return length > SHORT && bytes[1] == 0
        ? quoted(java.util.Arrays.copyOf(bytes, SHORT)) + "..."
        : quoted(bytes);
  }

  private String how(long address) {
    if (!memory.contains(address)) {
      return hex(address);
    }
    long flags = memory.getLong(address);
    long mode = memory.getLong(address + 8);
    long resolve = memory.getLong(address + 16);
    StringBuilder text = new StringBuilder("{flags=");
    text.append(accessMode((int) (flags & 3)));
    if ((flags & ~3L) != 0) {
      text.append('|').append(Flags.OPEN.text(flags & ~3L));
    }
    if (mode != 0) {
      text.append(", mode=").append(mode(mode));
    }
    if (resolve != 0) {
      text.append(", resolve=").append(Flags.RESOLVE.text(resolve));
    }
    return text.append('}').toString();
  }

  private static String accessMode(int mode) {
    return switch (mode) {
      case 0 -> "O_RDONLY";
      case 1 -> "O_WRONLY";
      default -> "O_RDWR";
    };
  }

  private String mountAttr(long address) {
    if (!memory.contains(address)) {
      return hex(address);
    }
    StringBuilder text = new StringBuilder("{attr_set=");
    text.append(Flags.MOUNT_ATTR.text(memory.getLong(address)));
    text.append(", attr_clr=").append(Flags.MOUNT_ATTR.text(memory.getLong(address + 8)));
    long propagation = memory.getLong(address + 16);
    text.append(", propagation=").append(Flags.MOUNT.text(propagation));
    if ((memory.getLong(address) & MountFlags.ATTR_IDMAP) != 0) {
      text.append(", userns_fd=").append(memory.getLong(address + 24));
    }
    return text.append('}').toString();
  }

  /** Octal, with the type of file before it where there is one. */
  private static String mode(long mode) {
    String type =
        switch ((int) mode & Stat.TYPE_MASK) {
          case Stat.FIFO -> "S_IFIFO|";
          case Stat.CHARACTER_DEVICE -> "S_IFCHR|";
          case Stat.BLOCK_DEVICE -> "S_IFBLK|";
          case Stat.FILE -> "S_IFREG|";
          default -> "";
        };
    long permissions = mode & 07777;
    return type + (permissions == 0 ? "0" : "0" + Long.toOctalString(permissions));
  }

  private static String prctl(long option) {
    return switch ((int) option) {
      case 1 -> "PR_SET_PDEATHSIG";
      case 4 -> "PR_SET_DUMPABLE";
      case 8 -> "PR_SET_KEEPCAPS";
      case 15 -> "PR_SET_NAME";
      case 22 -> "PR_SET_SECCOMP";
      case PR_CAPBSET_DROP -> "PR_CAPBSET_DROP";
      case 38 -> "PR_SET_NO_NEW_PRIVS";
      case PR_CAP_AMBIENT -> "PR_CAP_AMBIENT";
      default -> Long.toString(option);
    };
  }

  private static String ioctl(long request) {
    return switch ((int) request) {
      case 0x8913 -> "SIOCGIFFLAGS";
      case 0x8914 -> "SIOCSIFFLAGS";
      case 0x540e -> "TIOCSCTTY";
      case 0x40049409 -> "FICLONE";
      default -> hex(request);
    };
  }

  private static String named(String[] names, long value) {
    return value >= 0 && value < names.length ? names[(int) value] : Long.toString(value);
  }

  private static String hex(long value) {
    return value == 0 ? "NULL" : "0x" + Long.toHexString(value);
  }

  private static String quoted(byte[] bytes) {
    int length = Math.min(bytes.length, LONGEST);
    String text = Text.of(Arrays.copyOf(bytes, length));
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\n' -> quoted.append("\\n");
        case '\0' -> quoted.append("\\0");
        default -> quoted.append(c);
      }
    }
    quoted.append('"').append(length < bytes.length ? "..." : "");
    return quoted.toString();
  }
}
