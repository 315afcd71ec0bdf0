package dev.phyllo.snapshots;

import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarReader;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Puts the entries of a layer on disk (image specification, layer.md, "Applying Changesets").
 *
 * <p>The archive is not trusted. Whatever its names, links and whiteouts say, nothing outside the
 * layer's directory is read, changed or created, also while someone else exchanges files and links
 * in that directory: everything is reached by directory descriptor and a single plain name, see
 * {@link LayerTree}. What an archive can do is make its own layer useless.
 *
 * <p>The rules, which are containerd's unless stated:
 *
 * <ul>
 *   <li>A name is taken relative to the layer's root: a leading slash means nothing, {@code ..}
 *       removes the component before it. Directories on the way may be symbolic links made by this
 *       layer; they are followed as if the layer's root were the root of everything.
 *   <li>An entry replaces an earlier one of the same name. Only a directory on a directory keeps
 *       what is in it and updates its owner, permissions, attributes and time. A link is replaced,
 *       never followed.
 *   <li>The entry of the root itself updates the root if it is a directory; any other type is left
 *       out.
 *   <li>A directory that is needed and has no entry is made with the owner, permissions, attributes
 *       and time of the same directory in the layers below, or as root's with mode 0755.
 *   <li>A hard link to a file that is only in a layer below gets a copy of that file in this one.
 *       (containerd refuses.) The link's own owner, permissions and times are not applied: they are
 *       those of the file.
 *   <li>A whiteout hides what layers below have and nothing of its own layer, whichever comes
 *       first. (containerd lets the order decide.) A directory that this layer deletes and makes is
 *       opaque. In the first layer whiteouts mean nothing.
 *   <li>Of extended attributes, {@code trusted.overlay.*} and {@code user.overlay.*} are left out.
 *   <li>Devices are left out in a user namespace, where nobody can make them.
 *   <li>The time of last access is that of last modification.
 * </ul>
 *
 * <p>Nothing is synchronised to the disk here; see {@link Snapshotter#commitAll}.
 */
public final class Applier {
  private final Path directory;
  private final WhiteoutStyle style;
  private final Supplier<List<Path>> lowers;
  private final boolean first;
  private final BooleanSupplier cancelled;

  /**
   * An applier for one layer on top of complete ones.
   *
   * @param directory the layer's own directory, which exists
   * @param style what becomes of whiteouts
   * @param lowers the directories of the layers below, top first; empty with {@link
   *     WhiteoutStyle#PLAIN}
   */
  public Applier(Path directory, WhiteoutStyle style, List<Path> lowers) {
    this(directory, style, () -> lowers, lowers.isEmpty(), () -> false);
  }

  /**
   * The same where the layers below may not be complete yet.
   *
   * @param lowers waits for them; asked only if an entry depends on them
   * @param first whether there are none
   * @param cancelled asked before each entry
   */
  Applier(
      Path directory,
      WhiteoutStyle style,
      Supplier<List<Path>> lowers,
      boolean first,
      BooleanSupplier cancelled) {
    this.directory = directory;
    this.style = style;
    this.lowers = lowers;
    this.first = first;
    this.cancelled = cancelled;
  }

  /**
   * Applies all entries of a layer. Afterwards {@link LayerReader#finish} tells its diffID.
   *
   * @throws InvalidException if an entry cannot be applied; the error names it
   * @throws SystemException if the system refuses
   */
  public Applied apply(LayerReader layer) {
    return apply(layer.tar());
  }

  /** Applies all entries of an archive; see {@link #apply(LayerReader)}. */
  public Applied apply(TarReader tar) {
    try (LayerApplication application = start()) {
      Applied applied = application.apply(tar);
      application.finish();
      return applied;
    }
  }

  /** The same in two steps; only the second needs the layers below to be complete. */
  LayerApplication start() {
    return new LayerApplication(directory, style, new LowerLayers(lowers, first, style), cancelled);
  }
}
