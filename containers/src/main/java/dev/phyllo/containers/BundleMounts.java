package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The mounts of a bundle (config.md, Mounts): the default file systems of the specification, the
 * three files of {@link HostFiles}, and the volumes, what is higher up first.
 */
final class BundleMounts {
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
    boolean writable = spec.security().privileged();
    String access = writable ? "rw" : "ro";
    add("/proc", "proc", "proc", "nosuid", "noexec", "nodev");
    add("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
    add(
        "/dev/pts",
        "devpts",
        "devpts",
        "nosuid",
        "noexec",
        "newinstance",
        "ptmxmode=0666",
        "mode=0620",
        "gid=5");
    add("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access);
    add("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", access);
    add("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
    add(
        "/dev/shm",
        "tmpfs",
        "shm",
        "nosuid",
        "noexec",
        "nodev",
        "mode=1777",
        "size=" + spec.resources().shmSize());
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
        String source =
            v.type() == Volume.Type.BIND
                ? v.source()
                : volumes.require(v.source()).data().toString();
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
