package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.DeviceSpec;
import dev.phyllo.containers.LogSpec;
import dev.phyllo.containers.NameSpec;
import dev.phyllo.containers.ResourceSpec;
import dev.phyllo.containers.RestartPolicy;
import dev.phyllo.containers.SecuritySpec;
import dev.phyllo.containers.Ulimit;
import dev.phyllo.containers.Volume;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.linux.Capabilities;
import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.cgroup.CgroupLimits;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The {@code HostConfig} of a container, with docker's field names: what was asked for. */
final class HostConfigInspect {
  private HostConfigInspect() {}

  static Json.Obj of(Container c, Phyllo engine) {
    JsonBuilder b =
        new JsonBuilder()
            .put("Binds", binds(c))
            .put("LogConfig", logConfig(c.spec().life().log()))
            .put("NetworkMode", c.spec().network().modeText())
            .put("PortBindings", portBindings(c.spec().network().ports()))
            .put("RestartPolicy", restartPolicy(c.spec().life().restart()))
            .put("AutoRemove", c.ephemeral())
            .put("Init", !c.spec().life().init().isEmpty())
            .put("ReadonlyRootfs", c.spec().storage().readOnlyRoot());
    String runtime = c.spec().life().runtime();
    b.put("Runtime", runtime.isEmpty() ? "builtin" : runtime);
    names(b, c.spec().network().names());
    security(b, c.spec().security());
    Optional<IdMaps> ids = engine.containers().users(c);
    if (ids.isPresent()) {
      b.put(
          "IDMappings",
          new JsonBuilder()
              .put("UidMap", ranges(ids.get().uids()))
              .put("GidMap", ranges(ids.get().gids()))
              .build());
    }
    resources(b, c.spec().resources());
    return b.build();
  }

  /** As -v would take them; what the engine names itself is no bind. */
  private static Json binds(Container c) {
    List<String> binds = new ArrayList<>();
    for (Volume v : c.spec().storage().volumes()) {
      if (v.type() != Volume.Type.TMPFS && !v.isAnonymous()) {
        binds.add(v.source() + ":" + v.target() + (v.readOnly() ? ":ro" : ""));
      }
    }
    return JsonBuilder.array(binds);
  }

  private static Json.Obj logConfig(LogSpec log) {
    JsonBuilder options = new JsonBuilder();
    if (log.maxBytes() > 0 && log.isKept()) {
      options.put("max-file", Integer.toString(log.files()));
      options.put("max-size", Long.toString(log.maxBytes()));
    }
    return new JsonBuilder().put("Type", log.driver()).put("Config", options.build()).build();
  }

  private static Json.Obj portBindings(List<PortMapping> ports) {
    Map<String, List<Json>> bindings = new LinkedHashMap<>();
    for (PortMapping port : ports) {
      bindings
          .computeIfAbsent(port.inside(), _ -> new ArrayList<>())
          .add(
              new JsonBuilder()
                  .put("HostIp", port.hostIp())
                  .put("HostPort", port.hostPort() == 0 ? "" : Integer.toString(port.hostPort()))
                  .build());
    }
    JsonBuilder b = new JsonBuilder();
    bindings.forEach((port, places) -> b.put(port, new Json.Array(places)));
    return b.build();
  }

  private static Json.Obj restartPolicy(RestartPolicy policy) {
    return new JsonBuilder()
        .put("Name", policy.kind().word())
        .put("MaximumRetryCount", policy.retries())
        .build();
  }

  private static void names(JsonBuilder b, NameSpec names) {
    b.put("Dns", JsonBuilder.array(names.servers()))
        .put("DnsOptions", JsonBuilder.array(names.options()))
        .put("DnsSearch", JsonBuilder.array(names.search()))
        .put("ExtraHosts", JsonBuilder.array(names.hosts()));
  }

  private static void security(JsonBuilder b, SecuritySpec security) {
    List<String> added = new ArrayList<>();
    List<String> dropped = new ArrayList<>();
    if (!security.privileged()) {
      for (int number = 0; number < Capabilities.count(); number++) {
        String name = Capabilities.name(number);
        boolean usual = (Capabilities.DOCKER_DEFAULT >> number & 1) != 0;
        boolean there = security.capabilities().contains(name.substring("CAP_".length()));
        if (there && !usual) {
          added.add(name);
        } else if (usual && !there) {
          dropped.add(name);
        }
      }
    }
    List<String> options = new ArrayList<>();
    if (security.noNewPrivileges()) {
      options.add("no-new-privileges");
    }
    if (!security.seccomp().isEmpty()) {
      options.add("seccomp=" + security.seccomp());
    }
    if (!security.systemPaths()) {
      options.add("systempaths=unconfined");
    }
    List<Json> devices = new ArrayList<>();
    for (DeviceSpec device : security.devices()) {
      devices.add(
          new JsonBuilder()
              .put("PathOnHost", device.host())
              .put("PathInContainer", device.container())
              .put("CgroupPermissions", device.access())
              .build());
    }
    b.putStringMap("Sysctls", security.namespaces().sysctls());
    b.put("CapAdd", JsonBuilder.array(added))
        .put("CapDrop", JsonBuilder.array(dropped))
        .put("GroupAdd", JsonBuilder.array(security.groups()))
        .put("Privileged", security.privileged())
        .put("SecurityOpt", JsonBuilder.array(options))
        .put("Devices", new Json.Array(devices))
        .put("DeviceCgroupRules", JsonBuilder.array(security.deviceRules()))
        .put("PidMode", security.namespaces().pid())
        .put("IpcMode", mode(security.namespaces().ipc()))
        .put("UTSMode", security.namespaces().hostUts() ? "host" : "")
        .put("CgroupnsMode", security.namespaces().hostCgroup() ? "host" : "private")
        .put("UsernsMode", security.users().isPresent() ? "private" : "");
  }

  private static String mode(String shared) {
    return shared.isEmpty() ? "private" : shared;
  }

  private static void resources(JsonBuilder b, ResourceSpec resources) {
    CgroupLimits limits = resources.limits();
    List<Json> ulimits = new ArrayList<>();
    for (Ulimit u : resources.ulimits()) {
      ulimits.add(
          new JsonBuilder()
              .put("Name", u.name())
              .put("Hard", u.hard())
              .put("Soft", u.soft())
              .build());
    }
    b.put("Memory", limits.memory())
        .put("MemorySwap", limits.memorySwap())
        .put("MemoryReservation", limits.memoryReservation())
        .put("CpuShares", limits.cpuShares())
        .put("CpuPeriod", limits.cpuPeriod())
        .put("CpuQuota", limits.cpuQuota())
        .put("CpusetCpus", limits.cpusetCpus())
        .put("CpusetMems", limits.cpusetMems())
        .put("BlkioWeight", limits.blkioWeight())
        .put("PidsLimit", limits.pids())
        .put("OomKillDisable", limits.oomKillDisable())
        .put("OomScoreAdj", resources.oomScoreAdj())
        .put("ShmSize", resources.shmSize())
        .put("Ulimits", new Json.Array(ulimits));
  }

  /** As podman writes them, and --uidmap takes them. */
  private static Json ranges(IdMap map) {
    List<String> ranges = new ArrayList<>();
    for (IdMap.Range range : map.ranges()) {
      ranges.add(range.inside() + ":" + range.outside() + ":" + range.count());
    }
    return JsonBuilder.array(ranges);
  }
}
