package dev.phyllo.containers;

import dev.phyllo.linux.Capabilities;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a container's processes may ask of the kernel.
 *
 * @param capabilities the names of the capabilities of its root, without {@code CAP_}
 * @param noNewPrivileges whether setuid programs lose their power (prctl(2), PR_SET_NO_NEW_PRIVS)
 * @param privileged whether nothing is hidden, masked or filtered, and every device is there
 * @param seccomp which system calls there are: empty for the default's, {@link #UNCONFINED} for
 *     all, else a profile in docker's JSON form
 * @param systemPaths whether parts of {@code /proc} and {@code /sys} are masked or read-only
 * @param devices of the host, beyond those that every container has
 * @param deviceRules kinds of devices that it may make and open by itself, in the kernel's words
 * @param groups supplementary groups beyond those of its user, by name or number
 * @param users its own user namespace; empty for the engine's
 * @param namespaces which other namespaces are not its own
 */
public record SecuritySpec(
    List<String> capabilities,
    boolean noNewPrivileges,
    boolean privileged,
    String seccomp,
    boolean systemPaths,
    List<DeviceSpec> devices,
    List<String> deviceRules,
    List<String> groups,
    Optional<UserSpec> users,
    NamespaceSpec namespaces) {
  /** The value of {@code seccomp} that filters nothing. */
  public static final String UNCONFINED = "unconfined";

  /** Keeps copies. */
  public SecuritySpec {
    capabilities = List.copyOf(capabilities);
    devices = List.copyOf(devices);
    deviceRules = List.copyOf(deviceRules);
    groups = List.copyOf(groups);
  }

  /** The defaults in everything but capabilities and privileges. */
  public SecuritySpec(List<String> capabilities, boolean noNewPrivileges) {
    this(
        capabilities,
        noNewPrivileges,
        false,
        "",
        true,
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        NamespaceSpec.OWN);
  }

  /** Whether paths of the kernel's are hidden from it. */
  boolean masks() {
    return systemPaths && !privileged;
  }

  /** The same with every capability: for one process of a container, not for its files. */
  SecuritySpec withEverything() {
    List<String> all = new ArrayList<>();
    for (int number = 0; number <= Capabilities.last(); number++) {
      all.add(Capabilities.name(number).substring("CAP_".length()));
    }
    return new SecuritySpec(
        all,
        noNewPrivileges,
        privileged,
        seccomp,
        systemPaths,
        devices,
        deviceRules,
        groups,
        users,
        namespaces);
  }

  static SecuritySpec fromJson(JsonObject o) {
    List<DeviceSpec> devices = new ArrayList<>();
    for (JsonObject d : o.objects("devices")) {
      devices.add(
          new DeviceSpec(
              d.requireString("host"), d.requireString("container"), d.requireString("access")));
    }
    return new SecuritySpec(
        o.strings("capabilities"),
        o.bool("noNewPrivileges").orElse(false),
        o.bool("privileged").orElse(false),
        o.string("seccomp").orElse(""),
        o.bool("systemPaths").orElse(true),
        devices,
        o.strings("deviceRules"),
        o.strings("groups"),
        o.has("users")
            ? Optional.of(UserSpec.fromJson(o.requireObject("users")))
            : Optional.empty(),
        o.has("namespaces")
            ? NamespaceSpec.fromJson(o.requireObject("namespaces"))
            : NamespaceSpec.OWN);
  }

  /** What is as always is left out. */
  Json.Obj toJson() {
    JsonBuilder b =
        new JsonBuilder()
            .put("capabilities", JsonBuilder.array(capabilities))
            .put("noNewPrivileges", noNewPrivileges);
    if (privileged) {
      b.put("privileged", true);
    }
    if (!seccomp.isEmpty()) {
      b.put("seccomp", seccomp);
    }
    if (!systemPaths) {
      b.put("systemPaths", false);
    }
    if (!devices.isEmpty()) {
      List<Json> each = new ArrayList<>();
      for (DeviceSpec d : devices) {
        each.add(
            new JsonBuilder()
                .put("host", d.host())
                .put("container", d.container())
                .put("access", d.access())
                .build());
      }
      b.put("devices", new Json.Array(each));
    }
    if (!deviceRules.isEmpty()) {
      b.put("deviceRules", JsonBuilder.array(deviceRules));
    }
    if (!groups.isEmpty()) {
      b.put("groups", JsonBuilder.array(groups));
    }
    if (users.isPresent()) {
      b.put("users", users.get().toJson());
    }
    if (namespaces.isShared() || !namespaces.sysctls().isEmpty()) {
      b.put("namespaces", namespaces.toJson());
    }
    return b.build();
  }
}
