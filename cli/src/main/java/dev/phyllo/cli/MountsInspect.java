package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Volume;
import dev.phyllo.containers.Volumes;
import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The {@code Mounts} of a container, with docker's field names. */
final class MountsInspect {
  private MountsInspect() {}

  static Json.Array of(Container c, Volumes volumes) {
    List<Json> mounts = new ArrayList<>();
    for (Volume v : c.spec().storage().volumes()) {
      JsonBuilder mount = new JsonBuilder().put("Type", v.type().word());
      switch (v.type()) {
        case BIND -> mount.put("Source", v.source());
        case VOLUME -> {
          Optional<NamedVolume> volume = volumes.find(v.source());
          mount.put("Name", v.source());
          mount.put("Source", volume.map(n -> n.data().toString()).orElse(""));
        }
        case TMPFS -> mount.put("Source", "");
      }
      mount.put("Destination", v.target());
      if (v.type() == Volume.Type.VOLUME) {
        mount.put("Driver", "local");
      }
      mounts.add(
          mount
              .put("Mode", v.type() == Volume.Type.TMPFS ? String.join(",", v.options()) : "")
              .put("RW", !v.readOnly())
              .put("Propagation", v.type() == Volume.Type.BIND ? v.propagation().word() : "")
              .build());
    }
    return new Json.Array(mounts);
  }
}
