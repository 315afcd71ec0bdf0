package dev.phyllo.linux;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and kinds of arguments of the system calls made here; read only when one is shown. */
final class SyscallTable {
  /** What an argument is, and so how it is shown. */
  enum Kind {
    INT,
    UNSIGNED,
    POINTER,
    FD,
    DIRECTORY,
    STRING,
    STRINGS,
    ENVIRONMENT,
    BUFFER,
    MODE,
    DEVICE,
    HOW,
    MOUNT_ATTR_STRUCT,
    FSCONFIG_COMMAND,
    FSCONFIG_VALUE,
    PRCTL,
    PRCTL_VALUE,
    SIGNAL,
    SIGSET,
    SIGPROCMASK,
    IOCTL,
    RESOURCE,
    OPEN_FLAGS,
    AT_FLAGS,
    UNLINK_FLAGS,
    MOUNT_FLAGS,
    UNMOUNT_FLAGS,
    MOUNT_ATTR,
    OPEN_TREE_FLAGS,
    MOVE_MOUNT_FLAGS,
    FSOPEN_FLAGS,
    FSMOUNT_FLAGS,
    CLOSE_RANGE_FLAGS,
    CLONE_FLAGS
  }

  /**
   * A call.
   *
   * @param name as in syscalls(2)
   * @param kinds one for each argument it has
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(String name, Kind... kinds) {}

  private static final Map<Integer, Entry> TABLE = new HashMap<>();

  static {
    files();
    mounts();
    processes();
  }

  private SyscallTable() {}

  static @Nullable Entry of(int nr) {
    return TABLE.get(nr);
  }

  private static void add(int nr, String name, Kind... kinds) {
    TABLE.put(nr, new Entry(name, kinds));
  }

  private static void files() {
    add(Sys.READ, "read", Kind.FD, Kind.POINTER, Kind.INT);
    add(Sys.WRITE, "write", Kind.FD, Kind.BUFFER, Kind.INT);
    add(Sys.PREAD64, "pread64", Kind.FD, Kind.POINTER, Kind.INT, Kind.INT);
    add(Sys.PWRITE64, "pwrite64", Kind.FD, Kind.POINTER, Kind.INT, Kind.INT);
    add(Sys.CLOSE, "close", Kind.FD);
    add(Sys.OPENAT2, "openat2", Kind.DIRECTORY, Kind.STRING, Kind.HOW, Kind.INT);
    add(Sys.MKDIRAT, "mkdirat", Kind.DIRECTORY, Kind.STRING, Kind.MODE);
    add(Sys.MKNODAT, "mknodat", Kind.DIRECTORY, Kind.STRING, Kind.MODE, Kind.DEVICE);
    add(Sys.SYMLINKAT, "symlinkat", Kind.STRING, Kind.DIRECTORY, Kind.STRING);
    add(
        Sys.LINKAT,
        "linkat",
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.AT_FLAGS);
    add(Sys.UNLINKAT, "unlinkat", Kind.DIRECTORY, Kind.STRING, Kind.UNLINK_FLAGS);
    add(
        Sys.RENAMEAT2,
        "renameat2",
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.INT);
    add(Sys.FCHOWNAT, "fchownat", Kind.DIRECTORY, Kind.STRING, Kind.INT, Kind.INT, Kind.AT_FLAGS);
    add(Sys.FCHOWN, "fchown", Kind.FD, Kind.INT, Kind.INT);
    add(Sys.FCHMOD, "fchmod", Kind.FD, Kind.MODE);
    add(Sys.FCHMODAT, "fchmodat", Kind.DIRECTORY, Kind.STRING, Kind.MODE);
    add(Sys.UTIMENSAT, "utimensat", Kind.DIRECTORY, Kind.STRING, Kind.POINTER, Kind.AT_FLAGS);
    add(Sys.READLINKAT, "readlinkat", Kind.DIRECTORY, Kind.STRING, Kind.POINTER, Kind.INT);
    add(Sys.STATX, "statx", Kind.DIRECTORY, Kind.STRING, Kind.AT_FLAGS, Kind.INT, Kind.POINTER);
    add(Sys.GETDENTS64, "getdents64", Kind.FD, Kind.POINTER, Kind.INT);
    add(Sys.LSEEK, "lseek", Kind.FD, Kind.INT, Kind.INT);
    add(Sys.FTRUNCATE, "ftruncate", Kind.FD, Kind.INT);
    add(Sys.FALLOCATE, "fallocate", Kind.FD, Kind.INT, Kind.INT, Kind.INT);
    add(
        Sys.COPY_FILE_RANGE,
        "copy_file_range",
        Kind.FD,
        Kind.POINTER,
        Kind.FD,
        Kind.POINTER,
        Kind.INT,
        Kind.INT);
    add(Sys.FSYNC, "fsync", Kind.FD);
    add(Sys.SYNCFS, "syncfs", Kind.FD);
    add(Sys.FSTATFS, "fstatfs", Kind.FD, Kind.POINTER);
    add(Sys.FCNTL, "fcntl", Kind.FD, Kind.INT, Kind.POINTER);
    add(Sys.CLONE, "clone", Kind.CLONE_FLAGS, Kind.POINTER);
    add(Sys.DUP3, "dup3", Kind.FD, Kind.INT, Kind.OPEN_FLAGS);
    add(Sys.PIPE2, "pipe2", Kind.POINTER, Kind.OPEN_FLAGS);
    add(Sys.CLOSE_RANGE, "close_range", Kind.UNSIGNED, Kind.UNSIGNED, Kind.CLOSE_RANGE_FLAGS);
    add(Sys.UMASK, "umask", Kind.MODE);
    add(Sys.IOCTL, "ioctl", Kind.FD, Kind.IOCTL, Kind.POINTER);
  }

  private static void mounts() {
    add(Sys.MOUNT, "mount", Kind.STRING, Kind.STRING, Kind.STRING, Kind.MOUNT_FLAGS, Kind.STRING);
    add(Sys.UMOUNT2, "umount2", Kind.STRING, Kind.UNMOUNT_FLAGS);
    add(Sys.PIVOT_ROOT, "pivot_root", Kind.STRING, Kind.STRING);
    add(Sys.CHROOT, "chroot", Kind.STRING);
    add(Sys.CHDIR, "chdir", Kind.STRING);
    add(Sys.FCHDIR, "fchdir", Kind.FD);
    add(Sys.FSOPEN, "fsopen", Kind.STRING, Kind.FSOPEN_FLAGS);
    add(
        Sys.FSCONFIG,
        "fsconfig",
        Kind.FD,
        Kind.FSCONFIG_COMMAND,
        Kind.STRING,
        Kind.FSCONFIG_VALUE,
        Kind.INT);
    add(Sys.FSMOUNT, "fsmount", Kind.FD, Kind.FSMOUNT_FLAGS, Kind.MOUNT_ATTR);
    add(Sys.OPEN_TREE, "open_tree", Kind.DIRECTORY, Kind.STRING, Kind.OPEN_TREE_FLAGS);
    add(
        Sys.MOVE_MOUNT,
        "move_mount",
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.MOVE_MOUNT_FLAGS);
    add(
        Sys.MOUNT_SETATTR,
        "mount_setattr",
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.AT_FLAGS,
        Kind.MOUNT_ATTR_STRUCT,
        Kind.INT);
  }

  private static void processes() {
    add(Sys.UNSHARE, "unshare", Kind.CLONE_FLAGS);
    add(Sys.SETNS, "setns", Kind.FD, Kind.CLONE_FLAGS);
    add(Sys.EXECVE, "execve", Kind.STRING, Kind.STRINGS, Kind.ENVIRONMENT);
    add(
        Sys.EXECVEAT,
        "execveat",
        Kind.DIRECTORY,
        Kind.STRING,
        Kind.STRINGS,
        Kind.ENVIRONMENT,
        Kind.AT_FLAGS);
    add(Sys.PIDFD_OPEN, "pidfd_open", Kind.INT, Kind.INT);
    add(Sys.PIDFD_GETFD, "pidfd_getfd", Kind.FD, Kind.INT, Kind.INT);
    add(Sys.EXIT_GROUP, "exit_group", Kind.INT);
    add(Sys.WAIT4, "wait4", Kind.INT, Kind.POINTER, Kind.INT, Kind.POINTER);
    add(Sys.PIDFD_SEND_SIGNAL, "pidfd_send_signal", Kind.FD, Kind.SIGNAL, Kind.POINTER, Kind.INT);
    add(Sys.PPOLL, "ppoll", Kind.POINTER, Kind.INT, Kind.POINTER, Kind.POINTER, Kind.INT);
    add(Sys.GETPID, "getpid");
    add(Sys.GETUID, "getuid");
    add(Sys.GETEUID, "geteuid");
    add(Sys.GETEGID, "getegid");
    add(Sys.SETGROUPS, "setgroups", Kind.INT, Kind.POINTER);
    add(Sys.SETFSGID, "setfsgid", Kind.INT);
    add(Sys.SETFSUID, "setfsuid", Kind.INT);
    add(Sys.SETRESUID, "setresuid", Kind.INT, Kind.INT, Kind.INT);
    add(Sys.SETRESGID, "setresgid", Kind.INT, Kind.INT, Kind.INT);
    add(Sys.SETSID, "setsid");
    add(Sys.SETDOMAINNAME, "setdomainname", Kind.STRING, Kind.INT);
    add(Sys.SETHOSTNAME, "sethostname", Kind.STRING, Kind.INT);
    add(Sys.PRCTL, "prctl", Kind.PRCTL, Kind.PRCTL_VALUE, Kind.INT, Kind.INT, Kind.INT);
    add(Sys.BPF, "bpf", Kind.INT, Kind.POINTER, Kind.INT);
    add(Sys.KILL, "kill", Kind.INT, Kind.SIGNAL);
    add(Sys.CAPSET, "capset", Kind.POINTER, Kind.POINTER);
    add(Sys.SECCOMP, "seccomp", Kind.INT, Kind.INT, Kind.POINTER);
    add(
        Sys.RT_SIGPROCMASK,
        "rt_sigprocmask",
        Kind.SIGPROCMASK,
        Kind.SIGSET,
        Kind.POINTER,
        Kind.INT);
    add(Sys.RT_SIGACTION, "rt_sigaction", Kind.SIGNAL, Kind.POINTER, Kind.POINTER, Kind.INT);
    add(Sys.PRLIMIT64, "prlimit64", Kind.INT, Kind.RESOURCE, Kind.POINTER, Kind.POINTER);
    add(Sys.SOCKET, "socket", Kind.INT, Kind.INT, Kind.INT);
    add(Sys.CLOCK_GETTIME, "clock_gettime", Kind.INT, Kind.POINTER);
  }
}
