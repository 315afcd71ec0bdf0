package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The mounts of a bundle (config.md, Mounts): the default file systems of the specification, the
 * three files of {@link HostFiles}, and the volumes, what is higher up first.
 */
final class BundleMounts {
  private static final long TTY_GROUP = 5;

  private final ContainerSpec spec;
  private final Path directory;
  private final VolumeStore volumes;
  private final List<Json> mounts = new ArrayList<>();

  BundleMounts(ContainerSpec spec, Path directory, VolumeStore volumes) {
    this.spec = spec;
    this.directory = directory;
    this.volumes = volumes;
  }

  List<Json> inOrder() {
    boolean ownUsers = spec.security().users().isPresent();
    boolean writable = spec.security().privileged();
    String access = writable ? "rw" : "ro";
    add("/proc", "proc", "proc", "nosuid", "noexec", "nodev");
    add("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
    List<String> terminals =
        new ArrayList<>(List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
    if (!ownUsers || hasGroup(TTY_GROUP)) {
      terminals.add("gid=" + TTY_GROUP);
    }
    mounts.add(mount("/dev/pts", "devpts", "devpts", terminals));
    if (ownUsers && spec.network().mode() != Network.NONE) {
      // Its sysfs belongs to another's network namespace, where it may not mount one.
      add("/sys", "bind", "/sys", "rbind", "nosuid", "noexec", "nodev", access);
    } else {
      add("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access);
    }
    add("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", access);
    add("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
    if (spec.security().namespaces().ipc().equals(NamespaceSpec.HOST)) {
      add("/dev/shm", "bind", "/dev/shm", "rbind", "nosuid", "noexec", "nodev");
    } else {
      add(
          "/dev/shm",
          "tmpfs",
          "shm",
          "nosuid",
          "noexec",
          "nodev",
          "mode=1777",
          "size=" + spec.resources().shmSize());
    }
    List<Volume> byDepth = new ArrayList<>();
    for (String name : new String[] {"hostname", "hosts", "resolv.conf"}) {
      byDepth.add(Volume.bind(directory.resolve(name).toString(), "/etc/" + name));
    }
    byDepth.addAll(spec.storage().volumes());
    byDepth.sort((a, b) -> Integer.compare(depth(a.target()), depth(b.target())));
    for (Volume volume : byDepth) {
      volume(volume);
    }
    return mounts;
  }

  private boolean hasGroup(long gid) {
    Optional<IdMaps> ids = UserRanges.read(directory);
    return ids.isPresent() && ids.get().gids().contains(gid);
  }

  private void volume(Volume v) {
    List<String> options = new ArrayList<>();
    switch (v.type()) {
      case TMPFS -> {
        options.add("nosuid");
        options.add("nodev");
        options.add("noexec");
        options.addAll(v.options());
        options.add(v.readOnly() ? "ro" : "rw");
        mounts.add(mount(v.target(), "tmpfs", "tmpfs", options));
      }
      case BIND, VOLUME -> {
        boolean bind = v.type() == Volume.Type.BIND;
        boolean mapped =
            spec.security().users().isPresent()
                && (!bind || v.isMapped())
                && !spec.life().runtime().isEmpty();
        String source =
            mapped
                ? RuntimeView.mapped(directory, spec.storage().volumes().indexOf(v)).toString()
                : bind ? v.source() : volumes.require(v.source()).data().toString();
        options.add("rbind");
        options.add(v.propagation().word());
        options.add(v.readOnly() ? "ro" : "rw");
        options.add("nodev");
        mounts.add(mount(v.target(), "bind", source, options));
      }
    }
  }

  private void add(String target, String type, String source, String... options) {
    mounts.add(mount(target, type, source, List.of(options)));
  }

  private static Json mount(String target, String type, String source, List<String> options) {
    return new JsonBuilder()
        .put("destination", target)
        .put("type", type)
        .put("source", source)
        .put("options", JsonBuilder.array(options))
        .build();
  }

  private static int depth(String path) {
    int depth = 0;
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) == '/') {
        depth++;
      }
    }
    return depth;
  }
}
