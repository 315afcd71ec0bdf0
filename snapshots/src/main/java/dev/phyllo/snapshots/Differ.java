package dev.phyllo.snapshots;

import dev.phyllo.layers.TarWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What changed in a tree: as a list for people, and as the entries of a layer (image specification,
 * layer.md, "Creating Changesets"), which an {@link Applier} puts on disk again.
 *
 * <p>There are two ways to look. An overlayfs upper directory holds the changes already, and only
 * what is in it is compared with the layers below; otherwise two whole trees are walked side by
 * side. Both give the same result, except that only the first can tell a directory that was removed
 * and made again from one whose content was exchanged. Everything is reached by directory
 * descriptor; no symbolic link is followed.
 *
 * <h2>What a layer holds</h2>
 *
 * <ul>
 *   <li>Every file that is new or differs in type, permissions, owner, size, time of modification,
 *       extended attributes, link target, device number or content. What overlayfs copied up and
 *       nobody changed is left out, even if that parted it from its other names.
 *   <li>The directories above each, even if they themselves did not change, as docker and
 *       containerd write them. The root has an entry only if its owner, permissions or attributes
 *       changed.
 *   <li>{@code .wh.NAME} for what is gone. A directory of an upper directory that hides the one
 *       below has {@code .wh..wh..opq} as its first entry, as docker writes it, and everything in
 *       it follows.
 *   <li>Files with several names: the first in order holds the content, the others are hard links
 *       to it. If one of the names is part of the layer, all that the upper directory (or the tree)
 *       has are.
 *   <li>Extended attributes byte for byte: {@code user.*}, {@code trusted.*}, {@code
 *       security.capability} and POSIX ACLs. Not {@code trusted.overlay.*} and {@code
 *       user.overlay.*}, which are overlayfs' own, and not the labels of this machine's security
 *       modules.
 *   <li>No sockets: no archive can hold them. One in the place of something else deletes that.
 * </ul>
 *
 * <p>Entries come in the order of the bytes of their names (but {@code .wh..wh..opq} directly
 * behind its directory), with numbers for owners and without access times: the same change always
 * gives the same bytes.
 *
 * <p>Upper directories with {@code redirect_dir} or {@code metacopy} attributes do not hold their
 * changes completely; they are merged by the kernel and compared as whole trees.
 *
 * <p>The list differs from the layer only in what it trusts: as docker, it takes files with the
 * same size and time to be the same, and does not count the times of directories.
 */
public final class Differ {
  private final TreeSource source;
  private final MountPoints mountPoints;
  private final long latestTime;

  private Differ(TreeSource source, MountPoints mountPoints, long latestTime) {
    this.source = source;
    this.mountPoints = mountPoints;
    this.latestTime = latestTime;
  }

  private static Differ of(TreeSource source) {
    return new Differ(source, MountPoints.NONE, Long.MAX_VALUE);
  }

  /**
   * What a snapshot changed in its parent's tree; all of it if it has no parent.
   *
   * @throws dev.phyllo.oci.NotFoundException if there is no such snapshot
   */
  public static Differ of(Snapshotter snapshots, String key) {
    SnapshotInfo info = snapshots.stat(key);
    WhiteoutStyle style = snapshots.whiteoutStyle();
    List<Path> parents = layers(snapshots, info.parent());
    Path own = snapshots.layerDirectory(key);
    return style == WhiteoutStyle.PLAIN
        ? of(TreeSource.trees(parents, List.of(own), style))
        : overlay(own, parents, style);
  }

  /**
   * What lies between the trees of two snapshots of one snapshotter.
   *
   * @param before a snapshot, or nothing for an empty tree
   * @param after another
   */
  public static Differ between(Snapshotter snapshots, Optional<String> before, String after) {
    List<Path> old = layers(snapshots, before);
    List<Path> now = layers(snapshots, Optional.of(after));
    return of(TreeSource.trees(old, now, snapshots.whiteoutStyle()));
  }

  /**
   * What an overlayfs upper directory changes.
   *
   * @param upper the upper directory
   * @param lowers those below, top first
   * @param style how deletions are marked in them
   */
  public static Differ overlay(Path upper, List<Path> lowers, WhiteoutStyle style) {
    return of(TreeSource.overlay(upper, lowers, style));
  }

  /**
   * What lies between two plain trees.
   *
   * @param before a directory, or nothing for an empty tree
   * @param after another
   */
  public static Differ trees(Optional<Path> before, Path after) {
    List<Path> old = before.map(List::of).orElse(List.of());
    return of(TreeSource.trees(old, List.of(after), WhiteoutStyle.PLAIN));
  }

  /** The same, without mount points that an engine made and nobody used. */
  public Differ without(MountPoints untouched) {
    return new Differ(source, untouched, latestTime);
  }

  /**
   * The same with no time of modification in the layer later than this, for builds that give the
   * same result every time (SOURCE_DATE_EPOCH).
   *
   * @param seconds since 1970
   */
  public Differ withLatestTime(long seconds) {
    return new Differ(source, mountPoints, seconds);
  }

  /** The changes, sorted by path. */
  public List<Change> changes() {
    List<Change> changes = new ArrayList<>();
    ChangeVisitor visitor =
        new ChangeVisitor() {
          @Override
          public void present(Change.Kind kind, Place place, boolean opaque) {
            if (!place.path().isEmpty()) {
              changes.add(new Change(kind, place.path()));
            }
          }

          @Override
          public void deleted(Place place) {
            changes.add(new Change(Change.Kind.DELETED, place.path()));
          }
        };
    try (TreeSource.Opened trees = source.open()) {
      new TreeWalk(trees, false, mountPoints).walk(visitor);
    } catch (RedirectedException e) {
      changes.clear();
      try (TreeSource.Opened trees = source.merged().open()) {
        new TreeWalk(trees, false, mountPoints).walk(visitor);
      }
    }
    Collections.sort(changes);
    return changes;
  }

  /**
   * Writes the changes as entries of a layer; the archive's end is left to the caller.
   *
   * @return how many entries were written
   * @throws dev.phyllo.oci.InvalidException if a file has a name that means a deletion in a layer
   * @throws dev.phyllo.oci.ConflictException if a file shrinks while it is read
   */
  public long write(TarWriter out) {
    return write(new LayerEntries(out, latestTime, true));
  }

  /**
   * Writes the whole tree as an ordinary archive: names that begin with {@code .wh.} mean nothing
   * in it.
   *
   * @param tree a snapshot of any kind
   * @return how many entries were written
   */
  public static long export(Snapshotter snapshots, String tree, TarWriter out) {
    Differ whole = between(snapshots, Optional.empty(), tree);
    return whole.write(new LayerEntries(out, Long.MAX_VALUE, false));
  }

  private long write(LayerEntries entries) {
    try (TreeSource.Opened trees = source.open()) {
      TreeWalk walk = new TreeWalk(trees, true, mountPoints);
      // Before the first entry: this also finds out whether the directory can be read like this.
      walk.findChangedLinks();
      walk.walk(entries);
    } catch (RedirectedException e) {
      try (TreeSource.Opened trees = source.merged().open()) {
        TreeWalk walk = new TreeWalk(trees, true, mountPoints);
        walk.findChangedLinks();
        walk.walk(entries);
      }
    }
    return entries.count();
  }

  private static List<Path> layers(Snapshotter snapshots, Optional<String> key) {
    if (key.isEmpty()) {
      return List.of();
    }
    List<Path> all = snapshots.layerDirectories(key.get());
    // A plain tree holds its parents' files as well.
    return snapshots.whiteoutStyle() == WhiteoutStyle.PLAIN ? all.subList(0, 1) : all;
  }
}
