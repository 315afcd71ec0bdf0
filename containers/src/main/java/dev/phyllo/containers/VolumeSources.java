package dev.phyllo.containers;

import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Makes of each volume of a container a mount that is nowhere yet, so that what is wrong with one
 * has its name before there is a process.
 */
final class VolumeSources {
  private final Fd root;
  private final VolumeStore volumes;
  private final boolean durable;
  private final Starting start;

  /**
   * @param root the container's root: what it has at a volume's place goes into a new volume
   * @param durable whether the container, and so a volume made for it, survives a power failure
   * @param start keeps open what is opened
   */
  VolumeSources(Fd root, VolumeStore volumes, boolean durable, Starting start) {
    this.root = root;
    this.volumes = volumes;
    this.durable = durable;
    this.start = start;
  }

  LaunchPlan.Source open(Volume v) {
    return switch (v.type()) {
      case BIND -> bind(v, v.source());
      case VOLUME -> volume(v);
      case TMPFS -> tmpfs(v);
    };
  }

  private LaunchPlan.Source bind(Volume v, String from) {
    Path source = Path.of(from);
    if (!Files.exists(source)) {
      if (!v.createsSource()) {
        throw new NotFoundException(
            from,
            "the source of the mount at " + v.target() + " does not exist",
            "make it, or let -v make a directory");
      }
      makeDirectories(source);
    }
    v.propagation().require(source);
    Fd tree =
        start.hold(
            Mounts.openTree(
                Fd.CWD, RootMount.bytes(from), MountFlags.OPEN_TREE_CLONE | At.RECURSIVE));
    int attributes = (v.readOnly() ? MountFlags.ATTR_RDONLY : 0) | devices(from);
    Mounts.setAttributes(tree, true, attributes, 0, v.propagation().flag());
    return new LaunchPlan.Source(
        PlaceInRoot.of(root, v.target()), tree, FileCalls.statx(tree).isDirectory());
  }

  /**
   * No device can be opened that the container makes in a volume ({@link Devices}). The host's own
   * nodes can, if it is they that are asked for and something else says which.
   */
  private int devices(String source) {
    boolean nodes = source.equals("/dev") || source.startsWith("/dev/");
    boolean guarded = start.cgroup != null || UserNamespace.current().isNested();
    boolean may = Devices.mayOpenOwn(start.container().spec().security()) || nodes && guarded;
    return may ? 0 : MountFlags.ATTR_NODEV;
  }

  private LaunchPlan.Source volume(Volume v) {
    NamedVolume volume =
        volumes.create(v.source(), Map.of(), v.isAnonymous(), durable || !v.isAnonymous());
    if (v.copiesImage()) {
      int place = openInRoot(v.target(), Open.RDONLY);
      if (place >= 0) {
        try (Fd image = Fd.of(place)) {
          volumes.fill(volume, image, durable || !v.isAnonymous());
        }
      }
    }
    return bind(v, volume.data().toString());
  }

  /** Without a mode of its own it has that of the directory it hides, as with runc. */
  private LaunchPlan.Source tmpfs(Volume v) {
    List<String> options = TmpfsSyntax.ofFileSystem(v.options());
    try (Fd context = Mounts.fsopen("tmpfs")) {
      Mounts.fsconfigString(context, "source", RootMount.bytes("tmpfs"));
      boolean hasMode = false;
      for (String option : options) {
        int equals = option.indexOf('=');
        String name = option.substring(0, equals);
        hasMode |= name.equals("mode");
        Mounts.fsconfigString(context, name, RootMount.bytes(option.substring(equals + 1)));
      }
      int place = hasMode ? -1 : openInRoot(v.target(), Open.PATH);
      if (place >= 0) {
        try (Fd hidden = Fd.of(place)) {
          Mounts.fsconfigString(
              context,
              "mode",
              RootMount.bytes(Integer.toOctalString(FileCalls.statx(hidden).permissions())));
        }
      }
      Mounts.fsconfigCreate(context, "tmpfs at " + v.target());
      Fd tree = start.hold(Mounts.fsmount(context, TmpfsSyntax.ofMount(v.options(), v.readOnly())));
      return new LaunchPlan.Source(PlaceInRoot.of(root, v.target()), tree, true);
    }
  }

  /**
   * A directory of the image, or a negative error number. Links are the image's, and lead nowhere
   * but into its root: a copy that follows them on the host brings the host's files into a volume
   * (CVE-2022-23648).
   */
  private int openInRoot(String path, int flags) {
    return FileCalls.tryOpenat2(
        root,
        RootMount.bytes(path.substring(1)),
        flags | Open.DIRECTORY,
        0,
        Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
  }

  private static void makeDirectories(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new SystemException(path.toString(), e);
    }
  }
}
