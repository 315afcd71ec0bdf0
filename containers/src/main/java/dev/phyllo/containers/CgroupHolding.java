package dev.phyllo.containers;

import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.linux.cgroup.CgroupLimits;
import dev.phyllo.linux.cgroup.DeviceRule;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The cgroup of a running container. Where it is depends on the cgroup the engine itself was in
 * when it made it, so that is written down beside the container's record.
 */
final class CgroupHolding implements Holding {
  private static final String PLACE = "cgroup";

  CgroupHolding() {}

  @Override
  public String name() {
    return "the cgroup";
  }

  @Override
  public void acquire(Starting start) {
    ContainerSpec spec = start.container().spec();
    CgroupLimits limits = spec.resources().limits();
    // Another runtime sets rules of its own below this cgroup, and wants more than they are.
    List<DeviceRule> rules =
        spec.life().runtime().isEmpty() ? Devices.rules(spec.security()) : List.of(DeviceRule.ALL);
    Optional<Cgroup> made = Cgroup.create(start.container().id(), limits.withDevices(rules));
    if (made.isPresent()) {
      start.cgroup = made.get();
      Path file = start.directory().resolve(PLACE);
      try {
        Files.writeString(file, made.get().place());
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
    }
  }

  @Override
  public void release(String id, Path directory) {
    Optional<Cgroup> made = of(id, directory);
    if (made.isPresent()) {
      made.get().end();
    }
  }

  /** The cgroup of a container that runs, or was left behind; empty if it has none. */
  static Optional<Cgroup> of(String id, Path directory) {
    try {
      byte[] place = Files.readAllBytes(directory.resolve(PLACE));
      if (place.length > 0) {
        return Optional.of(Cgroup.at(new String(place, StandardCharsets.UTF_8)));
      }
    } catch (NoSuchFileException e) {
      // It was never written: a start that was killed in between may still have made one.
    } catch (IOException e) {
      throw new SystemException(directory.resolve(PLACE).toString(), e);
    }
    return Cgroup.find(id);
  }
}
