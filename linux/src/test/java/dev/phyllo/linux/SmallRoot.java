package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;

/** The least that a container's root needs, as steps of a plan; the containers module has more. */
final class SmallRoot {
  private static final byte[] NOTHING = {};

  private final Plan.Builder plan;
  private final Arg root;

  private SmallRoot(Plan.Builder plan, Arg root) {
    this.plan = plan;
    this.root = root;
  }

  /** Cuts the mounts off from the host's, and gives a detached mount a directory of the host. */
  static SmallRoot attach(Plan.Builder plan, Fd mount, byte[] directory) {
    plan.mount(null, "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE, null);
    plan.moveMount(Arg.of(mount), Arg.CWD, directory);
    return new SmallRoot(plan, plan.openat2(Arg.CWD, directory, Open.PATH | Open.DIRECTORY, 0, 0));
  }

  void directory(String name, int mode) {
    plan.mkdirat(root, bytes(name), mode);
    plan.tolerate(Errno.EEXIST);
  }

  /** A file system of the kernel's own; links in the path lead no further than the root. */
  void mountNew(String type, String path, int attributes, String... options) {
    Arg context = plan.fsopen(type);
    for (String option : options) {
      int equals = option.indexOf('=');
      plan.fsconfigString(context, option.substring(0, equals), option.substring(equals + 1));
    }
    plan.fsconfigCreate(context);
    attach(plan.fsmount(context, attributes), path);
    plan.close(context);
  }

  /** A directory of the host with all that is mounted below it. */
  void bind(byte[] source, String path, int attributes) {
    Arg tree = plan.openTree(Arg.CWD, source, MountFlags.OPEN_TREE_CLONE | At.RECURSIVE);
    plan.mountSetattr(tree, true, attributes, 0, 0);
    attach(tree, path);
  }

  private void attach(Arg mount, String path) {
    Arg place = plan.openat2(root, bytes(path), Open.PATH, 0, Resolve.IN_ROOT);
    plan.moveMount(mount, place, NOTHING);
    plan.close(place);
    plan.close(mount);
  }

  /** pivot_root(2) explains why this works. */
  void enter() {
    plan.fchdir(root);
    plan.pivotRoot(".", ".");
    plan.umount2(".", MountFlags.MNT_DETACH);
    plan.chdir("/");
  }
}
