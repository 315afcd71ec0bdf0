package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.containers.Container;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code ps --size}: what a container has written, and how much it is with its image. */
final class PsSize {
  private PsSize() {}

  /** The row with its size in docker's words: {@code 5B (virtual 4.2MB)}. */
  static Json.Obj added(Json.Obj row, Container c, Phyllo engine) {
    long own = usage(c.id(), engine);
    long all = own;
    for (Digest chainId = c.spec().image().chainId().orElse(null); chainId != null; ) {
      all += usage(chainId.toString(), engine);
      chainId =
          engine
              .snapshotter()
              .find(chainId.toString())
              .flatMap(info -> info.parent())
              .map(Digest::parse)
              .orElse(null);
    }
    Map<String, Json> members = new LinkedHashMap<>(row.members());
    members.put("Size", new Json.Text(Sizes.human(own) + " (virtual " + Sizes.human(all) + ")"));
    return new Json.Obj(members);
  }

  private static long usage(String key, Phyllo engine) {
    try {
      return engine.snapshotter().usage(key).bytes();
    } catch (NotFoundException _) {
      return 0; // not started yet, or gone a moment ago
    }
  }
}
