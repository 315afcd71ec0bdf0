package dev.phyllo.linux;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps that a {@link Plan} is usually made of: one method a system call, in the order of its
 * arguments. What of a process takes several calls is in {@link ProcessRecipes}.
 *
 * @param <T> the builder
 */
public abstract sealed class PlanSteps<T extends PlanSteps<T>> permits Plan.Builder {
  private static final int SETMASK = 2;
  private static final int SIGSET_SIZE = 8;

  PlanSteps() {}

  /**
   * Adds a step.
   *
   * @param note what it is for, in a few words, or empty
   * @param nr the call, of {@link Sys}
   * @param arguments up to six
   * @return its result, for steps that follow
   */
  public abstract Arg.Result step(String note, int nr, Arg... arguments);

  /** mount(2); null for an argument that is not given. */
  public Arg.Result mount(
      @Nullable String source,
      String target,
      @Nullable String type,
      long flags,
      @Nullable String data) {
    return step(
        "",
        Sys.MOUNT,
        source == null ? Arg.NONE : Arg.of(source),
        Arg.of(target),
        type == null ? Arg.NONE : Arg.of(type),
        Arg.of(flags),
        data == null ? Arg.NONE : Arg.of(data));
  }

  /** umount2(2). */
  public Arg.Result umount2(String target, int flags) {
    return step("", Sys.UMOUNT2, Arg.of(target), Arg.of(flags));
  }

  /** pivot_root(2). */
  public Arg.Result pivotRoot(String newRoot, String oldRoot) {
    return step("", Sys.PIVOT_ROOT, Arg.of(newRoot), Arg.of(oldRoot));
  }

  /** openat2(2); O_CLOEXEC is added. */
  public Arg.Result openat2(Arg dir, byte[] path, int flags, int mode, int resolve) {
    return step(
        "",
        Sys.OPENAT2,
        dir,
        Arg.path(path),
        new Arg.Bytes(Struct.of(24).i64(flags | Open.CLOEXEC).i64(mode).i64(resolve).bytes()),
        Arg.of(24));
  }

  /**
   * openat2(2) of what is there already, for a purpose that a failure names; O_CLOEXEC is added.
   */
  public Arg.Result openat2(String note, Arg dir, byte[] path, int flags, int resolve) {
    return step(
        note,
        Sys.OPENAT2,
        dir,
        Arg.path(path),
        new Arg.Bytes(Struct.of(24).i64(flags | Open.CLOEXEC).i64(0).i64(resolve).bytes()),
        Arg.of(24));
  }

  /** close(2). */
  public Arg.Result close(Arg fd) {
    return step("", Sys.CLOSE, fd);
  }

  /** mkdirat(2). */
  public Arg.Result mkdirat(Arg dir, byte[] name, int mode) {
    return step("", Sys.MKDIRAT, dir, Arg.path(name), Arg.of(mode));
  }

  /** mknodat(2); the device is {@link Stat#device(int, int)}. */
  public Arg.Result mknodat(Arg dir, byte[] name, int mode, long device) {
    return step("", Sys.MKNODAT, dir, Arg.path(name), Arg.of(mode), Arg.of(device));
  }

  /** symlinkat(2). */
  public Arg.Result symlinkat(byte[] target, Arg dir, byte[] name) {
    return step("", Sys.SYMLINKAT, Arg.path(target), dir, Arg.path(name));
  }

  /** fchownat(2). */
  public Arg.Result fchownat(Arg dir, byte[] name, long uid, long gid, int flags) {
    return step("", Sys.FCHOWNAT, dir, Arg.path(name), Arg.of(uid), Arg.of(gid), Arg.of(flags));
  }

  /** fchmodat(2); follows a symbolic link. */
  public Arg.Result fchmodat(Arg dir, byte[] name, int mode) {
    return step("", Sys.FCHMODAT, dir, Arg.path(name), Arg.of(mode));
  }

  /** fsopen(2); close-on-exec. */
  public Arg.Result fsopen(String type) {
    return step("", Sys.FSOPEN, Arg.of(type), Arg.of(Mounts.FS_CLOEXEC));
  }

  /** fsconfig(2) with FSCONFIG_SET_STRING. */
  public Arg.Result fsconfigString(Arg context, String key, String value) {
    return step(
        "", Sys.FSCONFIG, context, Arg.of(Mounts.SET_STRING), Arg.of(key), Arg.of(value), Arg.NONE);
  }

  /** fsconfig(2) with FSCONFIG_SET_FLAG. */
  public Arg.Result fsconfigFlag(Arg context, String key) {
    return step(
        "", Sys.FSCONFIG, context, Arg.of(Mounts.SET_FLAG), Arg.of(key), Arg.NONE, Arg.NONE);
  }

  /** fsconfig(2) with FSCONFIG_CMD_CREATE. */
  public Arg.Result fsconfigCreate(Arg context) {
    return step("", Sys.FSCONFIG, context, Arg.of(Mounts.CMD_CREATE), Arg.NONE, Arg.NONE, Arg.NONE);
  }

  /** fsmount(2); close-on-exec. The attributes are the ATTR flags of {@link MountFlags}. */
  public Arg.Result fsmount(Arg context, int attributes) {
    return step("", Sys.FSMOUNT, context, Arg.of(Mounts.FS_CLOEXEC), Arg.of(attributes));
  }

  /** open_tree(2); close-on-exec. */
  public Arg.Result openTree(Arg dir, byte[] path, int flags) {
    return step("", Sys.OPEN_TREE, dir, Arg.path(path), Arg.of(flags | Open.CLOEXEC));
  }

  /**
   * move_mount(2) of a mount by descriptor.
   *
   * @param mount from fsmount or open_tree
   * @param path below {@code target}; empty for {@code target} itself
   */
  public Arg.Result moveMount(Arg mount, Arg target, byte[] path) {
    int flags =
        MountFlags.MOVE_MOUNT_F_EMPTY_PATH
            | (path.length == 0 ? MountFlags.MOVE_MOUNT_T_EMPTY_PATH : 0);
    return step("", Sys.MOVE_MOUNT, mount, Arg.of(""), target, Arg.path(path), Arg.of(flags));
  }

  /** mount_setattr(2) of a mount by descriptor. */
  public Arg.Result mountSetattr(
      Arg mount, boolean recursive, int set, int clear, int propagation) {
    int size = Mounts.MOUNT_ATTR_SIZE;
    return step(
        "",
        Sys.MOUNT_SETATTR,
        mount,
        Arg.of(""),
        Arg.of(At.EMPTY_PATH | (recursive ? At.RECURSIVE : 0)),
        new Arg.Bytes(
            Struct.of(size)
                .i64(Integer.toUnsignedLong(set))
                .i64(Integer.toUnsignedLong(clear))
                .i64(Integer.toUnsignedLong(propagation))
                .i64(0)
                .bytes()),
        Arg.of(size));
  }

  /** chdir(2). */
  public Arg.Result chdir(String path) {
    return step("", Sys.CHDIR, Arg.of(path));
  }

  /** fchdir(2). */
  public Arg.Result fchdir(Arg dir) {
    return step("", Sys.FCHDIR, dir);
  }

  /** dup3(2): {@code to} is a second number of {@code from}, not closed by execve. */
  public Arg.Result dup3(Arg from, int to) {
    return step("", Sys.DUP3, from, Arg.of(to), Arg.NONE);
  }

  /**
   * close_range(2) with CLOSE_RANGE_CLOEXEC (Linux 5.11): execve closes everything from a number
   * on.
   */
  public Arg.Result closeOnExecFrom(int first) {
    return step("", Sys.CLOSE_RANGE, Arg.of(first), Arg.of(0xffffffffL), Arg.of(4));
  }

  /** write(2). */
  public Arg.Result write(Arg fd, byte[] bytes) {
    return step("", Sys.WRITE, fd, new Arg.Bytes(bytes), Arg.of(bytes.length));
  }

  /** read(2) of up to {@code size} bytes that nobody looks at: to wait for the launcher's word. */
  public Arg.Result read(Arg fd, int size) {
    return step("", Sys.READ, fd, new Arg.Bytes(new byte[size]), Arg.of(size));
  }

  /** setns(2): joins a namespace. */
  public Arg.Result setns(Arg fd, long kind) {
    return step("", Sys.SETNS, fd, Arg.of(kind));
  }

  /** unshare(2). */
  public Arg.Result unshare(long flags) {
    return step("", Sys.UNSHARE, Arg.of(flags));
  }

  /** sethostname(2). */
  public Arg.Result sethostname(String name) {
    byte[] bytes = Text.bytes(name);
    return step("", Sys.SETHOSTNAME, Arg.of(name), Arg.of(bytes.length));
  }

  /** setdomainname(2). */
  public Arg.Result setdomainname(String name) {
    byte[] bytes = Text.bytes(name);
    return step("", Sys.SETDOMAINNAME, Arg.of(name), Arg.of(bytes.length));
  }

  /** setsid(2). */
  public Arg.Result setsid() {
    return step("", Sys.SETSID);
  }

  /** umask(2). */
  public Arg.Result umask(int mask) {
    return step("", Sys.UMASK, Arg.of(mask));
  }

  /** setgroups(2). */
  public Arg.Result setgroups(List<Integer> gids) {
    Struct list = Struct.of(Math.max(4 * gids.size(), 4));
    for (int gid : gids) {
      list.i32(gid);
    }
    return step("", Sys.SETGROUPS, Arg.of(gids.size()), new Arg.Bytes(list.bytes()));
  }

  /** setresgid(2): real, effective and saved group at once. */
  public Arg.Result setgid(long gid) {
    return step("", Sys.SETRESGID, Arg.of(gid), Arg.of(gid), Arg.of(gid));
  }

  /** setresuid(2): real, effective and saved user at once. */
  public Arg.Result setuid(long uid) {
    return step("", Sys.SETRESUID, Arg.of(uid), Arg.of(uid), Arg.of(uid));
  }

  /** prctl(2). */
  public Arg.Result prctl(int option, long a2, long a3, long a4, long a5) {
    return step("", Sys.PRCTL, Arg.of(option), Arg.of(a2), Arg.of(a3), Arg.of(a4), Arg.of(a5));
  }

  /** prlimit(2) on the child itself: a resource limit, -1 for none. */
  public Arg.Result setrlimit(int resource, long soft, long hard) {
    Struct limit = Struct.of(16).i64(soft).i64(hard);
    return step(
        "", Sys.PRLIMIT64, Arg.NONE, Arg.of(resource), new Arg.Bytes(limit.bytes()), Arg.NONE);
  }

  /** capset(2); each set as bits by capability number. */
  public Arg.Result capset(long effective, long permitted, long inheritable) {
    int version3 = 0x20080522;
    Struct header = Struct.of(8).i32(version3).i32(0);
    Struct sets = Struct.of(24);
    for (int shift = 0; shift <= 32; shift += 32) {
      sets.i32((int) (effective >>> shift));
      sets.i32((int) (permitted >>> shift));
      sets.i32((int) (inheritable >>> shift));
    }
    return step("", Sys.CAPSET, new Arg.Bytes(header.bytes()), new Arg.Bytes(sets.bytes()));
  }

  /**
   * seccomp(2) with SECCOMP_SET_MODE_FILTER: from here on the kernel asks this program about every
   * call. Needs CAP_SYS_ADMIN or no_new_privs.
   */
  public Arg.Result seccomp(byte[] program, int flags) {
    return step("", Sys.SECCOMP, Arg.of(1), Arg.of(flags), new Arg.Filter(program));
  }

  /** rt_sigprocmask(2): no signal is blocked, as a program expects it at its start. */
  public Arg.Result unblockSignals() {
    return step(
        "",
        Sys.RT_SIGPROCMASK,
        Arg.of(SETMASK),
        new Arg.Bytes(new byte[SIGSET_SIZE]),
        Arg.NONE,
        Arg.of(SIGSET_SIZE));
  }

  /** execve(2): on success the last step there is. */
  public Arg.Result execve(byte[] path, List<byte[]> arguments, List<byte[]> environment) {
    return step(
        "", Sys.EXECVE, Arg.path(path), new Arg.Strings(arguments), new Arg.Strings(environment));
  }

  /** execveat(2) of an open file; on success the last step there is. */
  public Arg.Result execveFile(Fd file, List<byte[]> arguments, List<byte[]> environment) {
    return step(
        "",
        Sys.EXECVEAT,
        Arg.of(file),
        Arg.of(""),
        new Arg.Strings(arguments),
        new Arg.Strings(environment),
        Arg.of(At.EMPTY_PATH));
  }

  /** exit_group(2): ends the child with a status. */
  public Arg.Result exit(int status) {
    return step("", Sys.EXIT_GROUP, Arg.of(status));
  }
}
