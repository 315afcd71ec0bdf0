package dev.phyllo.containers;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What another runtime finds on the host when it makes a container with users of its own, in a
 * mount namespace for it alone.
 *
 * <p>It makes the container's root ready as one of those users, who may not pass through the
 * engine's directories. So the first of them that is closed is covered by an empty one, in which
 * the way to the bundle, and to what the bundle names, is open. And since runtimes of today do not
 * show owners mapped by themselves, what is to be shown so lies mapped in the bundle already.
 */
final class RuntimeView {
  private static final int OPEN = 0711;

  private final Plan.Builder plan;
  private final Path bundle;
  private final @Nullable Path closed;

  /**
   * @param bundle the container's own directory
   */
  RuntimeView(Plan.Builder plan, Path bundle) {
    this.plan = plan;
    this.bundle = bundle;
    // Those above it stay closed on the host, so nobody there gets to see more of it.
    FileCalls.fchmodat(Fd.CWD, bytes(bundle), OPEN);
    closed = closed(bundle);
  }

  /**
   * Where a bundle names a volume whose owners are shown mapped: at its own path the same files may
   * be asked for unmapped.
   *
   * @param number which of the container's volumes
   */
  static Path mapped(Path bundle, int number) {
    return bundle.resolve("mapped-" + number);
  }

  /** Makes something there that it can be mounted on. */
  static void makeMapped(Path place, boolean directory) {
    try {
      if (directory) {
        Files.createDirectories(place);
      } else if (!Files.exists(place)) {
        Files.createFile(place);
      }
    } catch (IOException e) {
      throw new SystemException(place.toString(), e);
    }
  }

  /** The first directory on the way that others may not pass through; null if all are open. */
  private static @Nullable Path closed(Path place) {
    Path at = place.getRoot();
    for (Path name : place) {
      if (at == null) {
        break;
      }
      Stat stat = FileCalls.statx(Fd.CWD, bytes(at), 0);
      if ((stat.permissions() & 1) == 0) {
        return at;
      }
      at = at.resolve(name);
    }
    return null;
  }

  /** Opens the way to the bundle; to be done before the root is attached in it. */
  void open() {
    if (closed == null) {
      return;
    }
    plan.part("a way to the bundle that is open to the container's users");
    Arg tree = plan.openTree(Arg.CWD, bytes(bundle), MountFlags.OPEN_TREE_CLONE | At.RECURSIVE);
    int attributes = MountFlags.ATTR_NOSUID | MountFlags.ATTR_NODEV;
    Arg empty =
        new RootSteps(plan, Arg.CWD, false).fileSystem("tmpfs", List.of("mode=711"), attributes);
    plan.moveMount(empty, Arg.CWD, bytes(closed));
    plan.umask(0);
    directories(bundle);
    plan.moveMount(tree, Arg.CWD, bytes(bundle));
  }

  /** Puts what the bundle names in its place. */
  void furnish(List<LaunchPlan.Source> volumes) {
    List<LaunchPlan.Source> byDepth = new ArrayList<>(volumes);
    byDepth.sort((a, b) -> Integer.compare(a.from().length(), b.from().length()));
    for (LaunchPlan.Source source : byDepth) {
      if (source.from().isEmpty()) {
        continue;
      }
      Path from = Path.of(source.from());
      if (closed != null && from.startsWith(closed) && !from.startsWith(bundle)) {
        Path parent = source.directory() ? from : from.getParent();
        if (parent != null) {
          directories(parent);
        }
        if (!source.directory()) {
          plan.mknodat(Arg.CWD, bytes(from), Stat.FILE | 0644, 0);
          plan.tolerate(Errno.EEXIST);
        }
      }
      plan.moveMount(Arg.of(source.tree()), Arg.CWD, bytes(from));
    }
  }

  private void directories(Path path) {
    Path top = closed;
    if (top == null || !path.startsWith(top)) {
      return;
    }
    Path at = top;
    for (Path name : top.relativize(path)) {
      if (name.toString().isEmpty()) {
        continue;
      }
      at = at.resolve(name);
      plan.mkdirat(Arg.CWD, bytes(at), OPEN);
      plan.tolerate(Errno.EEXIST);
    }
  }

  private static byte[] bytes(Path path) {
    return RootMount.bytes(path.toString());
  }
}
