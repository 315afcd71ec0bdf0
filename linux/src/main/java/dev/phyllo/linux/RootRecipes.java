package dev.phyllo.linux;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a container's root needs and takes several steps: each method adds its steps to a plan.
 *
 * <p>All paths inside the root are opened by openat2(2) with RESOLVE_IN_ROOT, so that a symbolic
 * link in an image never leads out, and mounts are attached to the descriptor so opened. The new
 * mount API is used where this kernel has it, else mount(2) with names in /proc/self/fd, for which
 * the host's /proc must still be in sight.
 */
public final class RootRecipes {
  private static final String SELF_FD = "/proc/self/fd/";

  /**
   * Where fallbacks put descriptors so that their /proc/self/fd name is known beforehand. They stay
   * open until the next fallback or the execve; dup3 without O_CLOEXEC is undone by {@link
   * ProcessRecipes#closeOthers}.
   */
  private static final int FIXED_TARGET = 1000;

  private static final int FIXED_SOURCE = 1001;

  private static final byte[] DEV_NULL = Text.bytes("/dev/null");

  private RootRecipes() {}

  /** In the new mount namespace, cuts every mount off from the host's: nothing propagates out. */
  public static void privateMounts(Plan.Builder plan) {
    plan.mount(null, "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE, null);
  }

  /**
   * Attaches a detached mount of the launcher to a directory of the host, and opens it.
   *
   * @param mount from {@link Mounts#overlay} or {@link Mounts#openTree}
   * @param directory any directory of the host; it is covered in the new mount namespace only
   * @return the root, a descriptor
   */
  public static Arg.Result attachRoot(Plan.Builder plan, Fd mount, byte[] directory) {
    plan.moveMount(Arg.of(mount), Arg.CWD, directory);
    return plan.openat2(Arg.CWD, directory, Open.PATH | Open.DIRECTORY, 0, 0);
  }

  /**
   * Where {@link Mounts#hasNewApi()} is false, merges the root by mount(2) inside the new mount
   * namespace, and opens it; see {@link Mounts#overlayClassic}.
   */
  public static Arg.Result overlayClassic(
      Plan.Builder plan,
      byte[] directory,
      List<byte[]> lowers,
      byte @Nullable [] upper,
      byte @Nullable [] work,
      List<String> options,
      boolean readOnly) {
    Arg type = Arg.of("overlay");
    plan.step(
        "the root",
        Sys.MOUNT,
        type,
        Arg.path(directory),
        type,
        Arg.of(readOnly ? MountFlags.MS_RDONLY : 0),
        Arg.path(OverlayMount.classicOptions(lowers, upper, work, options)));
    return plan.openat2(Arg.CWD, directory, Open.PATH | Open.DIRECTORY, 0, 0);
  }

  /**
   * Opens a path below the root, links resolved as the container will.
   *
   * @param flags of {@link Open}, {@link Open#PATH} mostly
   */
  public static Arg.Result openInRoot(Plan.Builder plan, Arg root, String path, int flags) {
    return plan.openat2(root, Text.bytes(path), flags, 0, Resolve.IN_ROOT);
  }

  /**
   * Makes a directory of a single name in the root, unless there is one.
   *
   * @param mode exactly, if the umask is 0
   */
  public static void directory(Plan.Builder plan, Arg root, String name, int mode) {
    plan.mkdirat(root, Text.bytes(name), mode);
    plan.tolerate(Errno.EEXIST);
  }

  /**
   * Mounts a new file system, such as proc, sysfs, tmpfs, devpts or mqueue, below the root: by the
   * new API where the kernel has it, by mount(2) on /proc/self/fd otherwise (for which the host's
   * /proc must still be there).
   *
   * @param path below the root; must exist
   * @param attributes the ATTR flags of {@link MountFlags}
   * @param options {@code key=value} or a flag, such as {@code "mode=755"}
   */
  public static void mountNew(
      Plan.Builder plan, Arg root, String type, String path, int attributes, List<String> options) {
    if (!Mounts.hasNewApi()) {
      mountClassic(plan, root, type, path, attributes, options);
      return;
    }
    Arg context = plan.fsopen(type);
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        plan.fsconfigFlag(context, option);
      } else {
        plan.fsconfigString(context, option.substring(0, equals), option.substring(equals + 1));
      }
    }
    plan.fsconfigCreate(context);
    Arg mount = plan.fsmount(context, attributes);
    Arg target = openInRoot(plan, root, path, Open.PATH);
    plan.moveMount(mount, target, new byte[0]);
    plan.close(target);
    plan.close(mount);
    plan.close(context);
  }

  /** See {@link #mountNew}: the way without the new API. */
  static void mountClassic(
      Plan.Builder plan, Arg root, String type, String path, int attributes, List<String> options) {
    Arg target = openInRoot(plan, root, path, Open.PATH);
    plan.dup3(target, FIXED_TARGET);
    String data = String.join(",", options);
    plan.mount(
        type, SELF_FD + FIXED_TARGET, type, classicFlags(attributes), data.isEmpty() ? null : data);
    plan.close(target);
  }

  /**
   * Shows a file or directory of the host below the root.
   *
   * @param source of the host, links followed
   * @param path below the root; must exist and be of the same kind
   * @param recursive with the mounts below it
   * @param attributes ATTR flags of {@link MountFlags} to set, such as read-only, on all of them
   * @param propagation {@link MountFlags#MS_PRIVATE} or another kind, or 0 to leave it
   */
  public static void bind(
      Plan.Builder plan,
      byte[] source,
      Arg root,
      String path,
      boolean recursive,
      int attributes,
      int propagation) {
    if (!Mounts.hasNewApi()) {
      bindClassic(plan, source, root, path, recursive, attributes);
      return;
    }
    int flags = MountFlags.OPEN_TREE_CLONE | (recursive ? At.RECURSIVE : 0);
    Arg tree = plan.openTree(Arg.CWD, source, flags);
    if (attributes != 0 || propagation != 0) {
      plan.mountSetattr(tree, recursive, attributes, 0, propagation);
    }
    Arg target = openInRoot(plan, root, path, Open.PATH);
    plan.moveMount(tree, target, new byte[0]);
    plan.close(target);
    plan.close(tree);
  }

  /** See {@link #bind}: the way without the new API. */
  static void bindClassic(
      Plan.Builder plan, byte[] source, Arg root, String path, boolean recursive, int attributes) {
    Arg from = plan.openat2(Arg.CWD, source, Open.PATH, 0, 0);
    plan.dup3(from, FIXED_SOURCE);
    Arg target = openInRoot(plan, root, path, Open.PATH);
    plan.dup3(target, FIXED_TARGET);
    int flags = MountFlags.MS_BIND | (recursive ? MountFlags.MS_REC : 0);
    plan.mount(SELF_FD + FIXED_SOURCE, SELF_FD + FIXED_TARGET, null, flags, null);
    plan.close(target);
    if (attributes != 0) {
      remountClassic(plan, root, path, classicFlags(attributes));
    }
    plan.close(from);
  }

  /**
   * Makes a subtree of the container read-only where it is, by covering it with itself. A path that
   * is not there is left out, as the OCI runtime specification has it.
   */
  public static void readOnlyPath(Plan.Builder plan, Arg root, String path) {
    Arg.Result place = openInRoot(plan, root, path, Open.PATH);
    plan.tolerate(Errno.ENOENT, Errno.ENOTDIR);
    if (Mounts.hasNewApi()) {
      int flags = MountFlags.OPEN_TREE_CLONE | At.RECURSIVE | At.EMPTY_PATH;
      Arg tree = plan.openTree(place, new byte[0], flags);
      plan.mountSetattr(tree, true, MountFlags.ATTR_RDONLY, 0, 0);
      plan.moveMount(tree, place, new byte[0]);
      plan.close(tree);
    } else {
      plan.dup3(place, FIXED_TARGET);
      String self = SELF_FD + FIXED_TARGET;
      plan.mount(self, self, null, MountFlags.MS_BIND | MountFlags.MS_REC, null);
      remountClassic(plan, root, path, MountFlags.MS_RDONLY);
    }
    plan.close(place);
    plan.afterErrorOf(place);
  }

  /**
   * Hides a path of the container: a directory by an empty read-only tmpfs, anything else by the
   * host's /dev/null. A path that is not there is left out.
   */
  public static void maskedPath(Plan.Builder plan, Arg root, String path) {
    Arg.Result directory = openInRoot(plan, root, path, Open.PATH | Open.DIRECTORY);
    plan.tolerate(Errno.ENOENT, Errno.ENOTDIR);
    if (Mounts.hasNewApi()) {
      Arg context = plan.fsopen("tmpfs");
      plan.fsconfigCreate(context);
      Arg mount = plan.fsmount(context, MountFlags.ATTR_RDONLY);
      plan.moveMount(mount, directory, new byte[0]);
      plan.close(mount);
      plan.close(context);
    } else {
      plan.dup3(directory, FIXED_TARGET);
      plan.mount("tmpfs", SELF_FD + FIXED_TARGET, "tmpfs", MountFlags.MS_RDONLY, null);
    }
    Arg.Result directoryDone = plan.close(directory);

    plan.afterErrorOf(directory);
    Arg.Result file = openInRoot(plan, root, path, Open.PATH);
    plan.tolerate(Errno.ENOENT, Errno.ENOTDIR);
    if (Mounts.hasNewApi()) {
      Arg tree = plan.openTree(Arg.CWD, DEV_NULL, MountFlags.OPEN_TREE_CLONE);
      plan.moveMount(tree, file, new byte[0]);
      plan.close(tree);
    } else {
      plan.dup3(file, FIXED_TARGET);
      plan.mount("/dev/null", SELF_FD + FIXED_TARGET, null, MountFlags.MS_BIND, null);
    }
    plan.close(file);
    plan.afterErrorOf(file).afterSuccessOf(directoryDone);
  }

  /**
   * Changes the root to an open directory that is a mount point, and drops everything of the host:
   * pivot_root(".", "."), then umount2(".", MNT_DETACH); pivot_root(2) explains why that works.
   */
  public static void enterRoot(Plan.Builder plan, Arg root) {
    plan.fchdir(root);
    plan.pivotRoot(".", ".");
    plan.umount2(".", MountFlags.MNT_DETACH);
    plan.chdir("/");
  }

  /** Changes what covers a path: a descriptor from before is of what is covered, so opens anew. */
  private static void remountClassic(Plan.Builder plan, Arg root, String path, int flags) {
    Arg covering = openInRoot(plan, root, path, Open.PATH);
    plan.dup3(covering, FIXED_TARGET);
    long remount = MountFlags.MS_BIND | MountFlags.MS_REMOUNT | flags;
    plan.mount(null, SELF_FD + FIXED_TARGET, null, remount, null);
    plan.close(covering);
  }

  private static int classicFlags(int attributes) {
    int flags = attributes & 0xf; // read-only, nosuid, nodev, noexec have the same bits in both
    if ((attributes & MountFlags.ATTR_NOATIME) != 0) {
      flags |= MountFlags.MS_NOATIME;
    }
    if ((attributes & MountFlags.ATTR_STRICTATIME) != 0) {
      flags |= MountFlags.MS_STRICTATIME;
    }
    return flags;
  }
}
