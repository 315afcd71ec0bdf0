package dev.phyllo.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The user namespace this process lives in; user_namespaces(7).
 *
 * <p>Root of a nested one may mount overlays, proc, sysfs and tmpfs and take on the ids that are
 * mapped, and nothing else: no devices, no {@code trusted.*} attributes.
 *
 * @param uids its users
 * @param gids its groups
 * @param setgroups whether supplementary groups may be changed
 */
public record UserNamespace(IdMap uids, IdMap gids, boolean setgroups) {
  private static volatile @Nullable UserNamespace current;

  /** The one this process is in. Read once: a process of several threads cannot change it. */
  public static UserNamespace current() {
    UserNamespace known = current;
    if (known == null) {
      String uids = read("/proc/self/uid_map");
      // The first one, where nearly every engine runs, is known by its users alone.
      IdMap map = uids.isEmpty() ? IdMap.parse("0 0 4294967295") : IdMap.parse(uids);
      known =
          map.isIdentity()
              ? new UserNamespace(map, map, true)
              : new UserNamespace(
                  map,
                  IdMap.parse(read("/proc/self/gid_map")),
                  !read("/proc/self/setgroups").startsWith("deny"));
      current = known;
    }
    return known;
  }

  /** Whether it is not the initial one, so that root inside is not root of the machine. */
  public boolean isNested() {
    return !uids.isIdentity();
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      return "";
    }
  }
}
