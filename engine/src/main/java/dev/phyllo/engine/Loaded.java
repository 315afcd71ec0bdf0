package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import java.util.List;

/**
 * An image that has been loaded.
 *
 * @param names its full names; empty if the archive gave it none
 * @param target what the names point to
 * @param layers how many layers it has
 * @param unpacked whether its layers are snapshots now
 */
public record Loaded(List<String> names, Descriptor target, int layers, boolean unpacked) {
  /** Keeps copies. */
  public Loaded {
    names = List.copyOf(names);
  }
}
