package dev.phyllo.snapshots;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Keeps file trees as chains of changes: each snapshot is its parent's tree with something changed.
 *
 * <p>A snapshotter knows nothing of images, layers or containers. It hands out empty or inherited
 * trees to be changed, and remembers the results. How a change is kept, as a directory that
 * overlayfs merges, as a full copy or as an image file, is its own affair; this page is what all of
 * them promise.
 *
 * <h2>The words</h2>
 *
 * <ul>
 *   <li>An <em>active</em> snapshot can be written. Whoever asks for it chooses its <em>key</em>.
 *   <li>A <em>committed</em> snapshot never changes again. It has a <em>name</em>, and only it can
 *       be the <em>parent</em> of others. For image layers the name is the chainID (image
 *       specification, config.md): it stands for the whole stack and not for the topmost layer.
 *   <li>A <em>view</em> is a committed snapshot to look at: it has a key like an active snapshot
 *       but cannot be written or committed.
 *   <li>Keys and names share one space: a key that is in use cannot become a name, nor the reverse.
 *   <li>No parent means that the tree starts empty.
 * </ul>
 *
 * <p>The life of a snapshot has few turns, and none leads back:
 *
 * <pre>
 *   prepare(key, parent) ──► active ──► commit(name, key) ──► committed ──► remove(name)
 *                              └──► remove(key)
 *   view(key, parent)    ──► view ──► remove(key)
 * </pre>
 *
 * <h2>A walk: two layers and a container</h2>
 *
 * <p>An image has two layers. The first becomes a snapshot without a parent:
 *
 * <pre>{@code
 * List<Mount> mounts = snapshots.prepare("extract-1", Optional.empty(), Map.of(), false);
 * // mount -o bind,rw /var/lib/phyllo/ns/default/snapshots/overlayfs/1/fs TARGET
 * ... put the first layer's files into it ...
 * snapshots.commit("sha256:aaaa", "extract-1", Optional.empty(), Map.of());
 * }</pre>
 *
 * <p>After the commit there is no "extract-1" any more. The second layer is a change to the first,
 * so it is prepared with that as its parent, and may delete or replace what it finds:
 *
 * <pre>{@code
 * mounts = snapshots.prepare("extract-2", Optional.of("sha256:aaaa"), Map.of(), false);
 * // mount -t overlay overlay -o lowerdir=…/1/fs,upperdir=…/2/fs,workdir=…/2/work TARGET
 * ... put the second layer's files into it ...
 * snapshots.commit("sha256:bbbb", "extract-2", Optional.empty(), Map.of());
 * }</pre>
 *
 * <p>Nothing needs to stay mounted: mounts are only instructions, and {@link #mounts} gives them
 * again at any time. Another image that starts with the same layer finds "sha256:aaaa" and goes on
 * from there.
 *
 * <p>A container gets a tree of its own to write to, on top of the image's last snapshot, and when
 * it is gone the tree goes too. The image's snapshots stay as they were:
 *
 * <pre>{@code
 * mounts = snapshots.prepare("container-7", Optional.of("sha256:bbbb"), Map.of(), false);
 * // mount -t overlay overlay -o lowerdir=…/2/fs:…/1/fs,upperdir=…/3/fs,workdir=…/3/work TARGET
 * ... run ...
 * snapshots.remove("container-7");
 * }</pre>
 *
 * <p>Had its changes been worth keeping, {@code commit("my-image", "container-7", …)} would have
 * made them a snapshot with a name.
 *
 * <h2>What holds at every moment</h2>
 *
 * <ul>
 *   <li>A crash at any instruction leaves each snapshot either as it was or as it should become. A
 *       committed snapshot is complete, and durable once {@link #commit} has returned.
 *   <li>A committed snapshot with children cannot be removed.
 *   <li>Several threads and processes may work at the same time; each call is atomic.
 *   <li>Other users of the machine cannot reach the files of a snapshot, so that a program with the
 *       set-user-ID bit in an image is no danger outside a container.
 * </ul>
 *
 * <p>Methods throw {@link dev.phyllo.oci.NotFoundException} for a key or parent that does not
 * exist, {@link dev.phyllo.oci.ConflictException} for a key or name that is taken or a snapshot of
 * the wrong kind, and {@link dev.phyllo.oci.SystemException} if the system refuses.
 */
public interface Snapshotter {
  /** The name by which users choose it and under which it keeps its files, such as overlayfs. */
  String name();

  /** What is known of a snapshot of any kind. */
  SnapshotInfo stat(String key);

  /** The same, or nothing if there is no such snapshot. */
  Optional<SnapshotInfo> find(String key);

  /**
   * Replaces the labels of a snapshot of any kind; nothing else of it can be changed.
   *
   * @return what is known of it now
   */
  SnapshotInfo update(String key, Map<String, String> labels);

  /**
   * What the snapshot itself takes on the disk. Known at once for a committed snapshot; the files
   * of an active one are counted, which takes its time.
   */
  Usage usage(String key);

  /**
   * How to make the tree of an active snapshot or a view visible, in the order in which to mount.
   *
   * @throws dev.phyllo.oci.ConflictException if it is committed: make a view of it
   */
  List<Mount> mounts(String key);

  /**
   * Makes an active snapshot.
   *
   * @param key the new key
   * @param parent the committed snapshot whose tree it starts with; empty for an empty tree
   * @param labels free notes
   * @param durable whether the snapshot must still be known after a power failure. If not, nothing
   *     waits for the disk, and the snapshot may turn out to be gone, which is right for what dies
   *     with its process anyway
   * @return its mounts
   */
  List<Mount> prepare(
      String key, Optional<String> parent, Map<String, String> labels, boolean durable);

  /**
   * Makes a view: as {@link #prepare}, but what the mounts show cannot be written, and it cannot be
   * committed.
   */
  List<Mount> view(
      String key, Optional<String> parent, Map<String, String> labels, boolean durable);

  /**
   * Makes an active snapshot a committed one, durably. Its key is free afterwards. Whatever still
   * has it mounted must not write to it any more.
   *
   * @param name the new name
   * @param key the active snapshot
   * @param parent its parent from now on, if that is not the one it was prepared on. Only where
   *     {@link #canRebase()}, and only for one that was prepared without a parent or on this one
   * @param labels replace its labels unless empty
   */
  default void commit(
      String name, String key, Optional<String> parent, Map<String, String> labels) {
    commitAll(List.of(new Commit(name, key, parent, labels, Optional.empty())));
  }

  /**
   * Makes several active snapshots committed ones with a single wait for the disk. All content is
   * durable before the first name exists; the names then come into being in the order given, so
   * that one may be the parent of the next.
   *
   * @throws dev.phyllo.oci.PhylloException if one cannot be committed; those before it may be
   */
  void commitAll(List<Commit> commits);

  /**
   * Removes a snapshot of any kind and all that is in it. It must not be mounted.
   *
   * @throws dev.phyllo.oci.ConflictException if it is the parent of another, which is named
   */
  void remove(String key);

  /** All snapshots, sorted by key; those that come and go during the call may be missing. */
  List<SnapshotInfo> list();

  /** Shows each snapshot to the visitor, in the order of {@link #list}. */
  default void walk(Consumer<SnapshotInfo> visitor) {
    for (SnapshotInfo info : list()) {
      visitor.accept(info);
    }
  }

  /**
   * Whether a snapshot may get its parent at the commit. Then the layers of an image can be
   * prepared without waiting for each other, unpacked at the same time, and put in order at the
   * end.
   */
  boolean canRebase();

  /** How whiteouts must be written into {@link #layerDirectory}. */
  WhiteoutStyle whiteoutStyle();

  /**
   * The directory that holds the snapshot's own files: what the applier fills and the differ reads.
   * Whoever writes to it behind a mount of the same snapshot gets no promises from overlayfs.
   */
  Path layerDirectory(String key);

  /**
   * The layer directories a tree with this top snapshot is made of, top first; {@code key} may be
   * of any kind and is included unless it is a view.
   */
  List<Path> layerDirectories(String key);

  /**
   * What a crash left behind: directories that no snapshot owns. They are in nobody's way, and only
   * take space.
   */
  List<Path> garbage();

  /**
   * Deletes the garbage.
   *
   * @return how many directories and unreadable records were deleted
   */
  int cleanup();

  /**
   * Exchanges the files of a damaged committed snapshot for those of an active one, which is gone
   * then. Its name, its place and what stands on it stay. For repair only: nothing must have it
   * mounted, and the files must be those that it was to have.
   *
   * @param name the damaged one; its files may be missing altogether
   * @param key the active one
   * @throws dev.phyllo.oci.UnsupportedException if this snapshotter cannot
   */
  default void replaceFiles(String name, String key) {
    throw new dev.phyllo.oci.UnsupportedException(
        name, "the snapshotter " + name() + " cannot repair it", "remove the image and load it");
  }

  /** Returns when all that was written to any snapshot is on the disk. */
  void sync();
}
