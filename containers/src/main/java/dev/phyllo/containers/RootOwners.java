package dev.phyllo.containers;

import dev.phyllo.layers.TarEntry;
import dev.phyllo.linux.FileIdentity;
import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.oci.InvalidException;
import java.util.function.Supplier;

/**
 * Who owns the files of a container that runs with users of its own, for somebody who looks at them
 * from outside: there they have ids of the host, in archives those inside.
 */
final class RootOwners {
  /** What user namespaces show for who is nobody inside. */
  private static final long NOBODY = 65534;

  private final IdMaps ids;

  RootOwners(IdMaps ids) {
    this.ids = ids;
  }

  /** An entry as the container sees it. */
  TarEntry toInside(TarEntry entry) {
    long uid = ids.uids().inside(entry.uid());
    long gid = ids.gids().inside(entry.gid());
    return entry.toBuilder().owner(uid < 0 ? NOBODY : uid, gid < 0 ? NOBODY : gid).build();
  }

  /**
   * An entry as the host sees it.
   *
   * @throws InvalidException if the container has no such user
   */
  TarEntry toOutside(TarEntry entry) {
    return entry.toBuilder()
        .owner(outside(ids.uids(), entry.uid(), entry), outside(ids.gids(), entry.gid(), entry))
        .build();
  }

  private static long outside(IdMap map, long id, TarEntry entry) {
    long outside = map.outside(id);
    if (outside < 0) {
      throw new InvalidException(
          entry.name().toString(),
          "belongs to " + id + ", and the container has only the ids " + map,
          "copy it without -a: then it is root's");
    }
    return outside;
  }

  /** Does something as the container's root, as far as files go. */
  <T> T asRoot(Supplier<T> work) {
    return FileIdentity.as(ids.uids().outside(0), ids.gids().outside(0), work);
  }
}
