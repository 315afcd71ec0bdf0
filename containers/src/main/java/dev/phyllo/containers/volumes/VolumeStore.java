package dev.phyllo.containers.volumes;

import dev.phyllo.linux.Fd;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.snapshots.PlainTree;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The volumes of a namespace on disk: {@code NAME/volume.json}, and {@code NAME/_data} with what
 * containers write.
 *
 * <p>A volume is there when its record is: the directory comes first and the record last. It goes
 * in the other order, by one rename to a name that no volume can have, so that nothing of what was
 * in it can come back under its name.
 */
public final class VolumeStore {
  private static final String RECORD = "volume.json";
  private static final String DATA = "_data";
  private static final String REMOVED = ".removed-";
  private static final int MAX_NAME = 240;

  private final Path directory;
  private final Locks locks;

  /** The volumes below a namespace's directory. */
  public VolumeStore(NamespaceDirs dirs, Locks locks) {
    this.directory = dirs.volumes();
    this.locks = locks;
  }

  /**
   * Checks a name from outside: docker's rule.
   *
   * @param thing what to call it in an error
   * @throws UsageException if it is not a name
   */
  public static String checked(String name, String thing) {
    if (!NamespaceDirs.isName(name, 2, MAX_NAME)) {
      throw new UsageException(
          thing,
          "\"" + name + "\" is neither an absolute path nor the name of a volume",
          "names are 2 to 240 letters, digits, '_', '.' and '-', a letter or digit first");
    }
    return name;
  }

  /** Every volume, by name. */
  public List<NamedVolume> list() {
    List<NamedVolume> all = new ArrayList<>();
    for (String name : DurableFiles.names(directory)) {
      NamedVolume volume = name.startsWith(".") ? null : read(name);
      if (volume != null) {
        all.add(volume);
      }
    }
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all;
  }

  /** The volume of that name. */
  public Optional<NamedVolume> find(String name) {
    return name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0
        ? Optional.empty()
        : Optional.ofNullable(read(name));
  }

  /**
   * The volume of that name.
   *
   * @throws NotFoundException if there is none
   */
  public NamedVolume require(String name) {
    return find(name)
        .orElseThrow(
            () -> new NotFoundException(name, "no such volume", "phyllo volume ls lists them"));
  }

  /**
   * Makes a volume; one that is there already stays as it is.
   *
   * @param anonymous whether it goes with the container it is made for
   * @param durable whether it must survive a power failure; if not, nothing waits for the disk
   */
  public NamedVolume create(
      String name, Map<String, String> labels, boolean anonymous, boolean durable) {
    checked(name, "volume " + name);
    NamedVolume there = read(name);
    if (there != null) {
      return there;
    }
    try (FileLocker.Held _ = locks.acquire(lockName(name), Locks.Mode.EXCLUSIVE)) {
      there = read(name);
      if (there != null) {
        return there;
      }
      Path own = directory.resolve(name);
      DurableFiles.createDirectories(own);
      Path data = own.resolve(DATA);
      try {
        if (!Files.isDirectory(data)) {
          Files.createDirectory(
              data,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
      } catch (IOException e) {
        throw new SystemException(data.toString(), e);
      }
      NamedVolume made = new NamedVolume(name, System.currentTimeMillis(), labels, anonymous, data);
      DurableFiles.replace(own.resolve(RECORD), JsonCodec.toBytes(made.toJson()), durable);
      return made;
    }
  }

  /**
   * Gives an empty volume what the image has at its place: the files, and what the directory itself
   * is. One that has anything in it stays as it is.
   *
   * @param image the directory of the image, opened for reading
   * @param durable whether the copy must survive a power failure
   */
  public void fill(NamedVolume volume, Fd image, boolean durable) {
    try (FileLocker.Held _ = locks.acquire(lockName(volume.name()), Locks.Mode.EXCLUSIVE)) {
      new VolumeContent(volume.data()).fill(image, durable);
    }
  }

  /** Removes a volume and all in it; nothing happens if there is none. */
  public void remove(String name) {
    Path own = directory.resolve(name);
    Path gone =
        directory.resolve(REMOVED + Long.toHexString(System.nanoTime()) + "-" + name.length());
    try (FileLocker.Held _ = locks.acquire(lockName(name), Locks.Mode.EXCLUSIVE)) {
      try {
        Files.move(own, gone, StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException _) {
        return;
      } catch (IOException e) {
        throw new SystemException(own.toString(), e);
      }
      DurableFiles.syncDirectory(directory);
    }
    PlainTree.remove(gone);
  }

  /** Deletes what interrupted removals left; returns how many there were. */
  public int cleanup() {
    int count = 0;
    for (String name : DurableFiles.names(directory)) {
      if (name.startsWith(REMOVED)) {
        PlainTree.remove(directory.resolve(name));
        count++;
      }
    }
    return count;
  }

  private @Nullable NamedVolume read(String name) {
    Path own = directory.resolve(name);
    Path file = own.resolve(RECORD);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null; // none, or one that is being made
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    if (bytes.length == 0) {
      return null; // one of an ephemeral container, emptied by a power failure
    }
    return NamedVolume.fromJson(JsonCodec.parseObject(bytes, file.toString()), own.resolve(DATA));
  }

  private static String lockName(String name) {
    return "volume-" + name;
  }
}
