package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.Capabilities;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.cgroup.DeviceRule;
import dev.phyllo.linux.seccomp.Seccomp;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.DurableFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A container as the OCI runtime specification describes one: the {@code config.json} of its
 * bundle, which {@code runc}, {@code crun} and others run. It says what {@link LaunchPlan} does, in
 * their words (config.md, config-linux.md).
 */
final class BundleConfig {
  /** What it is called in a bundle. */
  static final String NAME = "config.json";

  private static final String VERSION = "1.0.2";

  private final Container container;
  private final ContainerSpec spec;
  private final Path directory;
  private final Accounts.Identity identity;
  private final VolumeStore volumes;

  /**
   * @param directory the container's own, which is its bundle
   * @param identity who its process runs as
   * @param volumes where the volumes are that it names
   */
  BundleConfig(
      Container container, Path directory, Accounts.Identity identity, VolumeStore volumes) {
    this.container = container;
    this.spec = container.spec();
    this.directory = directory;
    this.identity = identity;
    this.volumes = volumes;
  }

  /**
   * That of a container as it would be started now.
   *
   * @param root the container's own, which says who its users are
   */
  static BundleConfig of(Container container, Path directory, Fd root, VolumeStore volumes) {
    Container started = container.asStarted();
    Accounts accounts =
        new Accounts(RootFiles.read(root, "etc/passwd"), RootFiles.read(root, "etc/group"));
    ContainerSpec spec = started.spec();
    return new BundleConfig(
        started,
        directory,
        accounts.resolve(spec.process().user(), spec.security().groups()),
        volumes);
  }

  /** The whole document. */
  Json.Obj toJson() {
    return new JsonBuilder()
        .put("ociVersion", VERSION)
        .put("process", process())
        .put(
            "root",
            new JsonBuilder()
                .put("path", "rootfs")
                .put("readonly", spec.storage().readOnlyRoot())
                .build())
        .putIfPresent("hostname", hostname())
        .put("mounts", new Json.Array(new BundleMounts(spec, directory, volumes).inOrder()))
        .put(
            "annotations",
            new JsonBuilder()
                .put("dev.phyllo.image", spec.image().name())
                .put("dev.phyllo.name", container.name())
                .build())
        .put("linux", linux())
        .build();
  }

  private Optional<String> hostname() {
    return spec.security().namespaces().hostUts()
        ? Optional.empty()
        : Optional.of(spec.network().hostname());
  }

  /** Writes it where a bundle has it. */
  void write() {
    DurableFiles.replace(directory.resolve(NAME), JsonCodec.toBytes(toJson()), false);
  }

  private Json.Obj process() {
    ProcessSpec process = spec.process();
    JsonBuilder user = new JsonBuilder().put("uid", identity.uid()).put("gid", identity.gid());
    List<Json> groups = new ArrayList<>();
    for (int gid : identity.groups()) {
      groups.add(new Json.Num(gid));
    }
    if (!groups.isEmpty()) {
      user.put("additionalGids", new Json.Array(groups));
    }
    user.put("umask", 022);
    JsonBuilder b =
        new JsonBuilder()
            .put("terminal", process.tty())
            .put("user", user.build())
            .put("args", JsonBuilder.array(process.args()))
            .put("env", JsonBuilder.array(ProcessSteps.environment(spec, identity).toList()))
            .put("cwd", process.workingDir())
            .put("capabilities", capabilities());
    List<Json> limits = new ArrayList<>();
    for (Ulimit limit : spec.resources().ulimits()) {
      limits.add(
          new JsonBuilder()
              .put("type", "RLIMIT_" + limit.name().toUpperCase(Locale.ROOT))
              .put("soft", limit.soft())
              .put("hard", limit.hard())
              .build());
    }
    if (!limits.isEmpty()) {
      b.put("rlimits", new Json.Array(limits));
    }
    b.put("noNewPrivileges", spec.security().noNewPrivileges());
    if (spec.resources().oomScoreAdj() != 0) {
      b.put("oomScoreAdj", spec.resources().oomScoreAdj());
    }
    return b.build();
  }

  /** A user other than root keeps the bounding set only; nobody inherits any (CVE-2022-24769). */
  private Json.Obj capabilities() {
    List<String> names = new ArrayList<>();
    for (String name : spec.security().capabilities()) {
      names.add("CAP_" + name);
    }
    List<String> effective = identity.uid() == 0 ? names : List.of();
    return new JsonBuilder()
        .put("bounding", JsonBuilder.array(names))
        .put("effective", JsonBuilder.array(effective))
        .put("permitted", JsonBuilder.array(effective))
        .build();
  }

  private Json.Obj linux() {
    SecuritySpec security = spec.security();
    JsonBuilder b = new JsonBuilder().put("namespaces", namespaces());
    if (security.users().isPresent()) {
      IdMaps ids = UserRanges.read(directory).orElseThrow();
      b.put("uidMappings", mappings(ids.uids())).put("gidMappings", mappings(ids.gids()));
    }
    b.put("resources", new JsonBuilder().put("devices", new Json.Array(deviceRules())).build());
    List<Json> devices = devices();
    if (!devices.isEmpty()) {
      b.put("devices", new Json.Array(devices));
    }
    b.putStringMap("sysctl", security.namespaces().sysctls());
    if (security.masks()) {
      b.put("maskedPaths", JsonBuilder.array(RootSteps.maskedPaths()))
          .put("readonlyPaths", JsonBuilder.array(RootSteps.readOnlyPaths()));
    }
    if (!security.seccomp().equals(SecuritySpec.UNCONFINED)) {
      long capabilities = 0;
      for (String name : security.capabilities()) {
        capabilities |= 1L << Capabilities.number(name);
      }
      b.put(
          "seccomp",
          security.seccomp().isEmpty()
              ? Seccomp.describeDefault(capabilities)
              : Seccomp.describe(security.seccomp(), capabilities));
    }
    return b.build();
  }

  /** Which ids the container has, as the kernel is told. */
  private static Json mappings(IdMap map) {
    List<Json> ranges = new ArrayList<>();
    for (IdMap.Range range : map.ranges()) {
      ranges.add(
          new JsonBuilder()
              .put("containerID", range.inside())
              .put("hostID", range.outside())
              .put("size", range.count())
              .build());
    }
    return new Json.Array(ranges);
  }

  private Json namespaces() {
    List<Json> all = new ArrayList<>();
    if (spec.security().users().isPresent()) {
      all.add(new JsonBuilder().put("type", "user").build());
    }
    NamespaceSpec shared = spec.security().namespaces();
    all.add(new JsonBuilder().put("type", "mount").build());
    add(all, "pid", shared.pid());
    add(all, "ipc", shared.ipc());
    add(all, "uts", shared.hostUts() ? NamespaceSpec.HOST : "");
    add(all, "cgroup", shared.hostCgroup() ? NamespaceSpec.HOST : "");
    NetworkSpec network = spec.network();
    if (network.mode() != Network.HOST) {
      JsonBuilder b = new JsonBuilder().put("type", "network");
      if (network.mode() == Network.CONNECTED) {
        b.put("path", Attachments.namespace(directory).toString());
      } else if (network.mode() == Network.CONTAINER) {
        Path peer = directory.resolveSibling(network.peer());
        b.put("path", Attachments.namespace(peer).toString());
      }
      all.add(b.build());
    }
    return new Json.Array(all);
  }

  /** Its own, the host's, for which it is left out, or another container's. */
  private void add(List<Json> all, String type, String whose) {
    if (whose.equals(NamespaceSpec.HOST)) {
      return;
    }
    JsonBuilder b = new JsonBuilder().put("type", type);
    String peer = NamespaceSpec.peer(whose);
    if (!peer.isEmpty()) {
      int pid = StateFile.read(directory.resolveSibling(peer)).pid();
      b.put("path", "/proc/" + pid + "/ns/" + type);
    }
    all.add(b.build());
  }

  /** Limits are not here: the container's cgroup has them, and a runtime's is below that. */
  private List<Json> deviceRules() {
    List<Json> rules = new ArrayList<>();
    List<DeviceRule> given = Devices.rules(spec.security());
    boolean all = spec.security().privileged();
    if (!all) {
      rules.add(new JsonBuilder().put("allow", false).put("access", "rwm").build());
    }
    for (DeviceRule rule : given) {
      JsonBuilder b =
          new JsonBuilder().put("allow", true).put("type", Character.toString(rule.type()));
      if (rule.major() != DeviceRule.ANY) {
        b.put("major", rule.major());
      }
      if (rule.minor() != DeviceRule.ANY) {
        b.put("minor", rule.minor());
      }
      rules.add(b.put("access", rule.access()).build());
    }
    return rules;
  }

  private List<Json> devices() {
    List<DeviceSpec> given = new ArrayList<>();
    if (spec.security().privileged()) {
      given.addAll(Devices.all());
    }
    given.addAll(spec.security().devices());
    List<Json> devices = new ArrayList<>();
    for (DeviceSpec device : given) {
      Stat stat = Devices.node(device);
      devices.add(
          new JsonBuilder()
              .put("path", device.container())
              .put("type", stat.type() == Stat.BLOCK_DEVICE ? "b" : "c")
              .put("major", Integer.toUnsignedLong(stat.deviceMajor()))
              .put("minor", Integer.toUnsignedLong(stat.deviceMinor()))
              .put("fileMode", stat.permissions())
              .put("uid", stat.uid())
              .put("gid", stat.gid())
              .build());
    }
    return devices;
  }
}
