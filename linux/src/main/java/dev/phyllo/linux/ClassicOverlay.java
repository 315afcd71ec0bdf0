package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Overlay mounts by mount(2), for kernels without {@code lowerdir+} (before Linux 6.5): the one
 * thing that is still mounted so.
 *
 * <p>All options have to fit a page. So the layers are named relative to a directory that they
 * share: {@code 7/fs} instead of the whole path, and 500 of them fit. Such names start at the
 * working directory, which in a program of many threads nobody may change; therefore the call is
 * made by a child, which has a working directory of its own and ends at once.
 */
public final class ClassicOverlay {
  private ClassicOverlay() {}

  /**
   * Mounts in this process' mount namespace.
   *
   * @param base where relative names start
   * @param target an existing directory, an absolute path
   * @param lowers the layers, top first, relative or absolute
   * @param upper where changes go, or null
   * @param work null exactly if upper is
   * @throws SystemException if the options do not fit, or the kernel refuses
   */
  public static void mount(
      String base,
      String target,
      List<byte[]> lowers,
      byte @Nullable [] upper,
      byte @Nullable [] work,
      List<String> options,
      boolean readOnly) {
    byte[] data = OverlayMount.classicOptions(lowers, upper, work, options);
    Plan.Builder plan = Plan.builder();
    plan.chdir(base);
    plan.step(
        "the overlay of " + lowers.size() + " layers",
        Sys.MOUNT,
        Arg.of("overlay"),
        Arg.of(target),
        Arg.of("overlay"),
        Arg.of(readOnly ? MountFlags.MS_RDONLY : 0),
        Arg.path(data));
    plan.step("", Sys.EXIT_GROUP, Arg.NONE);
    try (Child child = Launcher.launch(plan.build(), StepListener.NONE)) {
      child.waitFor();
    }
  }
}
