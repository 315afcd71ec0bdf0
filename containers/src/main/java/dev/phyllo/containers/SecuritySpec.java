package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;

/**
 * What a container's processes may ask of the kernel.
 *
 * @param capabilities the names of the capabilities of its root, without {@code CAP_}
 * @param noNewPrivileges whether setuid programs lose their power (prctl(2), PR_SET_NO_NEW_PRIVS)
 */
public record SecuritySpec(List<String> capabilities, boolean noNewPrivileges) {

  /** Keeps copies. */
  public SecuritySpec {
    capabilities = List.copyOf(capabilities);
  }

  static SecuritySpec fromJson(JsonObject o) {
    return new SecuritySpec(o.strings("capabilities"), o.bool("noNewPrivileges").orElse(false));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("capabilities", JsonBuilder.array(capabilities))
        .put("noNewPrivileges", noNewPrivileges)
        .build();
  }
}
