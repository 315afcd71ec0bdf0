package dev.phyllo.containers;

import dev.phyllo.oci.PhylloException;
import java.nio.file.Path;
import java.util.List;

/** Everything a container can hold of the machine, in the order in which a start acquires it. */
final class Holdings {
  /** Whoever has another kind of {@link Holding} adds it here. */
  private static final List<Holding> ALL =
      List.of(new NetworkHolding(), new CgroupHolding(), new KeeperHolding());

  private Holdings() {}

  /**
   * Acquires everything for a start. Whoever calls releases everything if this throws.
   *
   * @throws PhylloException if something could not be had; the start knows which
   */
  static void acquire(Starting start) {
    for (Holding holding : ALL) {
      start.at(holding.name());
      holding.acquire(start);
    }
  }

  /**
   * Releases everything that a container may hold, whether it does or not. One that cannot be
   * released does not keep the others from it.
   *
   * @throws PhylloException the first that could not, when all have been tried
   */
  static void release(String id, Path directory) {
    PhylloException failure = null;
    for (int i = ALL.size() - 1; i >= 0; i--) {
      try {
        ALL.get(i).release(id, directory);
      } catch (PhylloException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
