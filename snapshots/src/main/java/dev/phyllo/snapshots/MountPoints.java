package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Places where an engine mounts something into a container and for which it makes an empty file or
 * directory if the image has none. What it made is no change of the container's, as long as it is
 * still empty: docker keeps such places in a layer of their own that it never looks at.
 */
public final class MountPoints {
  /** None. */
  public static final MountPoints NONE = new MountPoints(Set.of());

  private static final int STEP = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;
  private static final int ONE_STEP =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  /** The places, and the directories above them, which may have been made for them. */
  private final Set<RawPath> places;

  private final Set<RawPath> parents = new HashSet<>();

  private MountPoints(Set<RawPath> places) {
    this.places = places;
    for (RawPath place : places) {
      for (RawPath at = place.parent(); parents.add(at) && !at.isEmpty(); at = at.parent()) {
        // The loop's head does all.
      }
    }
  }

  /**
   * The mount points with these paths.
   *
   * @param paths absolute paths in the container
   */
  public static MountPoints of(Collection<String> paths) {
    Set<RawPath> places = new HashSet<>();
    for (String path : paths) {
      RawPath place = EntryNames.clean(RawPath.of(path));
      if (!place.isEmpty()) {
        places.add(place);
      }
    }
    return new MountPoints(places);
  }

  /** Whether something that was not there before is an untouched mount point. */
  boolean isUntouched(RawPath path, Fd parent, byte[] name, Stat stat) {
    boolean place = places.contains(path);
    if (stat.isFile()) {
      return place && stat.size() == 0;
    }
    if (!stat.isDirectory() || !place && !parents.contains(path)) {
      return false;
    }
    try (Fd directory = open(parent, name)) {
      if (directory == null) {
        return false;
      }
      for (DirectoryEntry entry : FileCalls.list(directory)) {
        Stat child = FileCalls.statOrNull(directory, entry.name());
        RawPath below = path.resolve(RawPath.of(entry.name()));
        if (child == null || !isUntouched(below, directory, entry.name(), child)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether a directory's time is that of making an untouched mount point in it. */
  boolean explainTime(RawPath path, Fd parent, byte[] name, @Nullable Fd before) {
    if (!parents.contains(path)) {
      return false;
    }
    try (Fd after = open(parent, name);
        Fd old = before == null ? null : open(before, name)) {
      if (after == null || old == null) {
        return false;
      }
      for (DirectoryEntry entry : FileCalls.list(after)) {
        RawPath below = path.resolve(RawPath.of(entry.name()));
        if ((places.contains(below) || parents.contains(below))
            && isMissing(old, entry.name())
            && isUntouched(below, after, entry.name(), stat(after, entry.name()))) {
          return true;
        }
      }
    }
    return false;
  }

  private static Stat stat(Fd directory, byte[] name) {
    return FileCalls.statx(directory, name, At.SYMLINK_NOFOLLOW);
  }

  private static boolean isMissing(Fd directory, byte[] name) {
    return FileCalls.tryStatx(directory, name, At.SYMLINK_NOFOLLOW, new Stat.Buffer())
        == -Errno.ENOENT;
  }

  private static @Nullable Fd open(Fd parent, byte[] name) {
    int number = FileCalls.tryOpenat2(parent, name, STEP, 0, ONE_STEP);
    return number < 0 ? null : Fd.of(number);
  }
}
