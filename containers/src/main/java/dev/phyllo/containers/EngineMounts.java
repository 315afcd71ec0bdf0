package dev.phyllo.containers;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the engine mounts something into every container of a specification, and so makes an empty
 * directory or file if the image has none.
 */
public final class EngineMounts {
  private static final List<String> ALWAYS =
      List.of("/proc", "/sys", "/dev", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf");

  private EngineMounts() {}

  /** The absolute paths in the container. */
  public static List<String> of(ContainerSpec spec) {
    List<String> places = new ArrayList<>(ALWAYS);
    for (Volume volume : spec.storage().volumes()) {
      places.add(volume.target());
    }
    return places;
  }
}
