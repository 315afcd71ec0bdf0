package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mounts made by this process.
 *
 * <p>The new API (fsopen(2), fsconfig(2), fsmount(2), open_tree(2), mount_setattr(2)) makes a mount
 * that is nowhere in the tree yet: a descriptor, through which its files can be read, and which
 * vanishes when closed unless {@link #moveMount} or a launch plan has attached it. Nothing is left
 * behind by a process that dies in between.
 */
public final class Mounts {
  /** Commands of fsconfig(2). */
  static final int SET_FLAG = 0;

  static final int SET_STRING = 1;
  static final int SET_FD = 5;
  static final int CMD_CREATE = 6;

  /** FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC. */
  static final int FS_CLOEXEC = 1;

  /** sizeof(struct mount_attr): set, clear, propagation, user namespace. */
  static final int MOUNT_ATTR_SIZE = 32;

  private Mounts() {}

  /**
   * Whether this kernel has the new mount API and lets this process use it: Linux 5.2, 5.12 for
   * mount_setattr, and no filter in the way. Nothing that is mounted or run goes without it.
   */
  public static boolean hasNewApi() {
    long nowhere = Kernel.ask(Sys.MOUNT_SETATTR, -1, 0, 0, 0);
    return nowhere != -Errno.ENOSYS
        && Kernel.ask(Sys.FSOPEN, 0, 0, 0, 0) != -Errno.ENOSYS
        && nowhere != -Errno.EPERM;
  }

  /** Opens a context in which a file system of a type is configured; fsopen(2). */
  public static Fd fsopen(String type) {
    int context = tryFsopen(type);
    return Fd.of((int) Kernel.check(context, "fsopen", type));
  }

  static int tryFsopen(String type) {
    long name = Scratch.fresh().cstring(Text.bytes(type));
    return (int) Kernel.call(Sys.FSOPEN, name, FS_CLOEXEC);
  }

  /**
   * Sets a parameter to a string; FSCONFIG_SET_STRING. The kernel takes at most 255 bytes.
   *
   * @return 0 or a negative error number; {@link #messages} may say more
   */
  public static int tryFsconfigString(Fd context, String key, byte[] value) {
    Memory memory = Scratch.fresh();
    long name = memory.cstring(Text.bytes(key));
    long text = memory.cstring(value);
    return (int) Kernel.call(Sys.FSCONFIG, context.number(), SET_STRING, name, text, 0);
  }

  /** Sets a parameter to a string; see {@link #tryFsconfigString}. */
  public static void fsconfigString(Fd context, String key, byte[] value) {
    check(context, tryFsconfigString(context, key, value), "fsconfig " + key, Text.of(value));
  }

  /** Sets a parameter that has no value; FSCONFIG_SET_FLAG. */
  public static void fsconfigFlag(Fd context, String key) {
    long name = Scratch.fresh().cstring(Text.bytes(key));
    long result = Kernel.call(Sys.FSCONFIG, context.number(), SET_FLAG, name, 0, 0);
    check(context, result, "fsconfig " + key, key);
  }

  /**
   * Sets a parameter to an open file or directory; FSCONFIG_SET_FD.
   *
   * @return 0 or a negative error number
   */
  public static int tryFsconfigFd(Fd context, String key, Fd value) {
    long name = Scratch.fresh().cstring(Text.bytes(key));
    return (int) Kernel.call(Sys.FSCONFIG, context.number(), SET_FD, name, 0, value.number());
  }

  /** Creates the file system as configured; FSCONFIG_CMD_CREATE. */
  public static void fsconfigCreate(Fd context, String thing) {
    check(context, tryFsconfigCreate(context), "fsconfig create", thing);
  }

  static int tryFsconfigCreate(Fd context) {
    return (int) Kernel.call(Sys.FSCONFIG, context.number(), CMD_CREATE, 0, 0, 0);
  }

  /**
   * A new file system as a detached mount.
   *
   * @param options words, or {@code KEY=VALUE}
   * @param attributes the ATTR flags of {@link MountFlags}
   */
  public static Fd fileSystem(String type, List<String> options, int attributes) {
    try (Fd context = fsopen(type)) {
      fsconfigString(context, "source", Text.bytes(type));
      for (String option : options) {
        int equals = option.indexOf('=');
        if (equals < 0) {
          fsconfigFlag(context, option);
        } else {
          fsconfigString(
              context, option.substring(0, equals), Text.bytes(option.substring(equals + 1)));
        }
      }
      fsconfigCreate(context, type);
      return fsmount(context, attributes);
    }
  }

  /**
   * Makes a detached mount of a created file system; fsmount(2).
   *
   * @param attributes the ATTR flags of {@link MountFlags}
   */
  public static Fd fsmount(Fd context, int attributes) {
    long mount = Kernel.call(Sys.FSMOUNT, context.number(), FS_CLOEXEC, attributes);
    return Fd.of((int) check(context, mount, "fsmount", "a new mount"));
  }

  /**
   * Opens a place in the tree, or with {@link MountFlags#OPEN_TREE_CLONE} a detached copy of what
   * is mounted there; open_tree(2).
   *
   * @param flags also {@link At#RECURSIVE}, {@link At#EMPTY_PATH}, {@link At#SYMLINK_NOFOLLOW}
   */
  public static Fd openTree(Fd dir, byte[] path, int flags) {
    long name = Scratch.fresh().cstring(path);
    long tree = Kernel.call(Sys.OPEN_TREE, dir.number(), name, flags | Open.CLOEXEC);
    return Fd.of((int) Kernel.check(tree, "open_tree", Text.of(path)));
  }

  /**
   * Attaches a detached mount to a path, or moves an attached one; move_mount(2).
   *
   * @param target where relative paths start
   */
  public static void moveMount(Fd mount, Fd target, byte[] path) {
    Memory memory = Scratch.fresh();
    long empty = memory.cstring(new byte[0]);
    long to = memory.cstring(path);
    int flags = MountFlags.MOVE_MOUNT_F_EMPTY_PATH;
    if (path.length == 0) {
      flags |= MountFlags.MOVE_MOUNT_T_EMPTY_PATH;
    }
    long result = Kernel.call(Sys.MOVE_MOUNT, mount.number(), empty, target.number(), to, flags);
    Kernel.check(result, "move_mount", Text.of(path));
  }

  /**
   * Changes the attributes of a mount; mount_setattr(2).
   *
   * @param recursive the mounts below as well
   * @param set ATTR flags to set
   * @param clear ATTR flags to clear
   * @param propagation {@link MountFlags#MS_PRIVATE} and the like, or 0
   */
  public static void setAttributes(
      Fd mount, boolean recursive, int set, int clear, int propagation) {
    Memory memory = Scratch.fresh();
    long empty = memory.cstring(new byte[0]);
    long attributes = memory.room(MOUNT_ATTR_SIZE);
    memory.putLong(attributes, set);
    memory.putLong(attributes + 8, clear);
    memory.putLong(attributes + 16, propagation);
    memory.putLong(attributes + 24, 0);
    int flags = At.EMPTY_PATH | (recursive ? At.RECURSIVE : 0);
    long result =
        Kernel.call(Sys.MOUNT_SETATTR, mount.number(), empty, flags, attributes, MOUNT_ATTR_SIZE);
    Kernel.check(result, "mount_setattr", mount.toString());
  }

  /**
   * Shows the owners of a mount's files as a user namespace maps them: what is 0 on disk is the
   * namespace's root; MOUNT_ATTR_IDMAP of mount_setattr(2), Linux 5.12 and file systems that take
   * part in it.
   *
   * @param mount detached, and not mapped yet
   * @param users a user namespace
   * @return 0 or a negative error number
   */
  public static int tryMapIds(Fd mount, Fd users) {
    Memory memory = Scratch.fresh();
    long empty = memory.cstring(new byte[0]);
    long attributes = memory.room(MOUNT_ATTR_SIZE);
    memory.putLong(attributes, MountFlags.ATTR_IDMAP);
    memory.putLong(attributes + 8, 0);
    memory.putLong(attributes + 16, 0);
    memory.putLong(attributes + 24, users.number());
    return (int)
        Kernel.call(
            Sys.MOUNT_SETATTR, mount.number(), empty, At.EMPTY_PATH, attributes, MOUNT_ATTR_SIZE);
  }

  /**
   * The classic call; mount(2).
   *
   * @param source null for none
   * @param type null for none
   * @param data at most a page (4095 bytes), null for none
   * @return 0 or a negative error number
   */
  public static int tryMount(
      byte @Nullable [] source,
      byte[] target,
      @Nullable String type,
      int flags,
      byte @Nullable [] data) {
    Memory memory = Scratch.fresh();
    long from = source == null ? 0 : memory.cstring(source);
    long to = memory.cstring(target);
    long kind = type == null ? 0 : memory.cstring(Text.bytes(type));
    long options = data == null ? 0 : memory.cstring(data);
    return (int) Kernel.call(Sys.MOUNT, from, to, kind, flags, options);
  }

  /** The classic call; see {@link #tryMount}. */
  public static void mount(
      byte @Nullable [] source,
      byte[] target,
      @Nullable String type,
      int flags,
      byte @Nullable [] data) {
    Kernel.check(tryMount(source, target, type, flags, data), "mount", Text.of(target));
  }

  /**
   * Unmounts; umount2(2).
   *
   * @param flags {@link MountFlags#MNT_DETACH}, {@link MountFlags#UMOUNT_NOFOLLOW}
   * @return 0 or a negative error number
   */
  public static int tryUmount(byte[] target, int flags) {
    return (int) Kernel.call(Sys.UMOUNT2, Scratch.fresh().cstring(target), flags);
  }

  /** Unmounts; see {@link #tryUmount}. */
  public static void umount(byte[] target, int flags) {
    Kernel.check(tryUmount(target, flags), "umount2", Text.of(target));
  }

  /**
   * Merges directories by overlayfs into a detached mount; see {@link OverlayMount}.
   *
   * @param lowers read-only directories, top first, at least one
   * @param upper where changes go, or null: then nothing can be written
   * @param work an empty directory on the file system of {@code upper}; null exactly if that is
   * @param options further parameters, {@code key=value} or a flag, such as {@code "userxattr"}
   * @param readOnly the mount cannot be written to whatever the layers are
   */
  public static Fd overlay(
      List<byte[]> lowers,
      byte @Nullable [] upper,
      byte @Nullable [] work,
      List<String> options,
      boolean readOnly) {
    return OverlayMount.detached(lowers, upper, work, options, readOnly);
  }

  /**
   * What the kernel says about a failure in a context: lines like {@code "overlay: workdir and
   * upperdir must reside under the same mount"}; empty if it has nothing to say.
   */
  public static String messages(Fd context) {
    StringBuilder all = new StringBuilder();
    byte[] line = new byte[1024];
    while (true) {
      Memory memory = Scratch.fresh();
      long at = memory.room(line.length);
      int length = (int) Kernel.call(Sys.READ, context.number(), at, line.length);
      if (length <= 0) {
        return all.toString();
      }
      String text = Text.of(memory.get(at, length)).strip();
      // "e ", "w " or "i " for error, warning, information.
      text = text.length() > 2 && text.charAt(1) == ' ' ? text.substring(2) : text;
      all.append(all.isEmpty() ? "" : "; ").append(text);
    }
  }

  static long check(Fd context, long result, String call, String thing) {
    if (result >= 0) {
      return result;
    }
    throw failure(call, thing, (int) -result, messages(context));
  }

  /** The error of a call, with what the kernel said about it. */
  static SystemException failure(String call, String thing, int errno, String said) {
    String why = call + ": " + Errno.describe(errno) + (said.isEmpty() ? "" : ": " + said);
    return new SystemException(thing, why, "", errno);
  }
}
