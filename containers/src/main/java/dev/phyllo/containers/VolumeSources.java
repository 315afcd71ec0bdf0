package dev.phyllo.containers;

import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
      case BIND -> bind(v, v.source(), v.isMapped());
      case VOLUME -> volume(v);
      case TMPFS -> tmpfs(v);
    };
  }

  /** A file that the engine made for the container: to its root it is root's. */
  LaunchPlan.Source ofEngine(Volume v) {
    return bind(v, v.source(), true);
  }

  /** Makes the volumes there are to be, with what the image has at their places. */
  void fill(List<Volume> all) {
    for (Volume v : all) {
      if (v.type() == Volume.Type.VOLUME) {
        filled(v);
      }
    }
  }

  /**
   * @param mapped whether owners are shown as they are on disk, where it has other users
   */
  private LaunchPlan.Source bind(Volume v, String from, boolean mapped) {
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
    OwnUsers users = start.users;
    if (users != null && mapped) {
      users.map(tree, from);
    }
    int attributes = (v.readOnly() ? MountFlags.ATTR_RDONLY : 0) | devices(from);
    Mounts.setAttributes(tree, true, attributes, 0, v.propagation().flag());
    boolean directory = FileCalls.statx(tree).isDirectory();
    String place = users != null && mapped ? ofRuntime(v, from, directory) : from;
    return new LaunchPlan.Source(PlaceInRoot.of(root, v.target()), tree, directory, place);
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

  /** Where another runtime finds what is shown mapped, if there is one. */
  private String ofRuntime(Volume v, String from, boolean directory) {
    ContainerSpec spec = start.container().spec();
    int number = spec.storage().volumes().indexOf(v);
    if (number < 0 || spec.life().runtime().isEmpty()) {
      return from;
    }
    Path place = RuntimeView.mapped(start.directory(), number);
    RuntimeView.makeMapped(place, directory);
    return place.toString();
  }

  /** Its files belong on disk to whom they belong inside, so containers can share it. */
  private LaunchPlan.Source volume(Volume v) {
    return bind(v, filled(v).data().toString(), true);
  }

  private NamedVolume filled(Volume v) {
    NamedVolume volume =
        volumes.create(v.source(), Map.of(), v.isAnonymous(), durable || !v.isAnonymous());
    if (v.copiesImage() && start.users == null) {
      int place = openInRoot(v.target(), Open.RDONLY);
      if (place >= 0) {
        try (Fd image = Fd.of(place)) {
          volumes.fill(volume, image, durable || !v.isAnonymous());
        }
      }
    }
    return volume;
  }

  /** Without a mode of its own it has that of the directory it hides, as with runc. */
  private LaunchPlan.Source tmpfs(Volume v) {
    List<String> options = TmpfsSyntax.ofFileSystem(v.options());
    try (Fd context = Mounts.fsopen("tmpfs")) {
      Mounts.fsconfigString(context, "source", RootMount.bytes("tmpfs"));
      boolean hasMode = false;
      for (String option : start.users == null ? options : ofUsers(options, start.users)) {
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

  /** The owner is said in the container's ids, and its root if nothing is said. */
  private static List<String> ofUsers(List<String> options, OwnUsers users) {
    List<String> mapped = new ArrayList<>();
    String uid = "0";
    String gid = "0";
    for (String option : options) {
      if (option.startsWith("uid=")) {
        uid = option.substring("uid=".length());
      } else if (option.startsWith("gid=")) {
        gid = option.substring("gid=".length());
      } else {
        mapped.add(option);
      }
    }
    mapped.add("uid=" + outside(users.maps().uids(), uid));
    mapped.add("gid=" + outside(users.maps().gids(), gid));
    return mapped;
  }

  private static long outside(IdMap map, String id) {
    long outside = map.outside(Long.parseLong(id));
    if (outside < 0) {
      throw new UnsupportedException(
          "--tmpfs with owner " + id, "the container has only the ids " + map, "use one of them");
    }
    return outside;
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
