package dev.phyllo.containers;

import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.linux.cgroup.CgroupLimits;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.util.List;
import java.util.Optional;

/** Other limits and another restart policy for a container that there is, running or not. */
final class Updating {
  private final ContainerRecords records;
  private final Locks namespace;

  /**
   * @param namespace the locks of the whole namespace
   */
  Updating(ContainerRecords records, Locks namespace) {
    this.records = records;
    this.namespace = namespace;
  }

  /**
   * Changes a container; see {@link Containers#update}. The kernel is asked first: what it refuses
   * is not written down. A crash in between leaves what was, from the next start on.
   */
  Container update(Container container, CgroupLimits changes, Optional<RestartPolicy> restart) {
    try (FileLocker.Held _ = namespace.acquire(Creation.NAMES_LOCK, Locks.Mode.EXCLUSIVE)) {
      Container now = records.read(container.id());
      if (now == null) {
        throw new NotFoundException(
            container.name(), "no such container", "phyllo ps -a lists them");
      }
      if (restart.isPresent() && now.ephemeral() && restart.get().kind() != RestartPolicy.Kind.NO) {
        throw new ConflictException(
            "--restart " + restart.get(),
            "container " + now.name() + " goes when it ends (--rm)",
            "leave one of them out");
      }
      limit(now, changes);
      Container changed = changed(now, changes, restart);
      records.write(changed);
      return changed;
    }
  }

  private void limit(Container c, CgroupLimits changes) {
    if (!changes.isAsked() || !StateFile.isAlive(records.state(c))) {
      return;
    }
    Optional<Cgroup> cgroup = CgroupHolding.of(c.id(), records.directory(c));
    if (cgroup.isEmpty()) {
      throw new ConflictException(
          "container " + c.name(), "it runs without a cgroup", "stop it, and update it then");
    }
    cgroup.get().limit(changes.withDevices(List.of()));
  }

  private static Container changed(
      Container c, CgroupLimits changes, Optional<RestartPolicy> restart) {
    ContainerSpec spec = c.spec();
    ResourceSpec was = spec.resources();
    ResourceSpec resources =
        new ResourceSpec(
            was.limits().changedBy(changes), was.ulimits(), was.oomScoreAdj(), was.shmSize());
    return c.with(spec.with(resources, spec.life().with(restart.orElse(spec.life().restart()))));
  }
}
