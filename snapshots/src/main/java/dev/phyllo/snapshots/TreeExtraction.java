package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarReader;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;
import dev.phyllo.oci.InvalidException;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Puts the entries of an ordinary archive into a living tree. As with layers, nothing outside the
 * tree is reached whatever names and links say, and whoever exchanges them meanwhile; mount points
 * are crossed, and names that mean deletions in layers mean nothing.
 */
public final class TreeExtraction {
  private final Fd root;
  private final RawPath directory;
  private final long uid;
  private final long gid;
  private final UnaryOperator<TarEntry> edit;

  /**
   * Extracts into a directory of a tree.
   *
   * @param root the tree's root, opened for reading; links lead nowhere above it
   * @param directory where in it, which exists
   * @param uid who owns what is made; negative for whom the archive names
   * @param gid their group
   */
  public TreeExtraction(Fd root, RawPath directory, long uid, long gid) {
    this(root, directory, uid, gid, UnaryOperator.identity());
  }

  /**
   * The same with a last word on each entry.
   *
   * @param edit changes entries before they are made
   */
  public TreeExtraction(
      Fd root, RawPath directory, long uid, long gid, UnaryOperator<TarEntry> edit) {
    this.edit = edit;
    this.root = root;
    this.directory = EntryNames.clean(directory);
    this.uid = uid;
    this.gid = gid;
  }

  /** Extracts all entries; returns how many there were. */
  public long extract(TarReader tar) {
    LowerLayers below = new LowerLayers(List::of, true, WhiteoutStyle.PLAIN);
    try (LayerTree tree = new LayerTree(FileData.duplicate(root), PlaceArchive.ONE_STEP);
        below) {
      LayerChanges changes = new LayerChanges(tree, below, WhiteoutStyle.PLAIN);
      EntryWriter writer = new EntryWriter(changes);
      long count = 0;
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        RawPath name = EntryNames.clean(entry.name());
        if (!name.isEmpty()) {
          writer.write(directory.resolve(name), placed(entry), tar);
        } else if (entry.type() != TarEntry.Type.DIRECTORY) {
          throw new InvalidException(
              entry.name().toString(), "a file in the place of the whole tree", "");
        }
        count++;
      }
      changes.finish();
      return count;
    }
  }

  private TarEntry placed(TarEntry entry) {
    TarEntry.Builder placed = entry.toBuilder();
    if (entry.type() == TarEntry.Type.HARDLINK) {
      placed.linkName(directory.resolve(EntryNames.clean(entry.linkName())));
    }
    if (uid >= 0) {
      placed.owner(uid, gid);
    }
    return edit.apply(placed.build());
  }
}
