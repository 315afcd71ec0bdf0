package dev.phyllo.layers;

import dev.phyllo.oci.InvalidException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry that says something about lower layers instead of being a file (OCI image specification,
 * layer.md, "Whiteouts").
 *
 * <p>Only the name counts: an entry called {@code .wh.NAME} is a whiteout whatever its type, since
 * packers have written them as empty files, hard links and character devices.
 */
public sealed interface Whiteout {
  /**
   * {@code .wh.NAME}: NAME of the lower layers, and everything below it, is gone.
   *
   * @param path the clean path that is deleted
   */
  record Delete(RawPath path) implements Whiteout {}

  /**
   * {@code .wh..wh..opq}: the children of this directory in lower layers are gone; the directory
   * itself, and its children in this layer, stay.
   *
   * @param directory the clean path of the directory, empty for the root
   */
  record Opaque(RawPath directory) implements Whiteout {}

  /**
   * {@code .wh..wh.aufs}, {@code .wh..wh.orph}, {@code .wh..wh.plnk} and what is below them: AUFS'
   * own bookkeeping that old tools packed by accident. To be skipped.
   *
   * @param path the clean path of the entry
   */
  record Metadata(RawPath path) implements Whiteout {}

  /**
   * What an entry's name means.
   *
   * @param entryName the name as the archive has it
   * @return null for an ordinary name
   * @throws InvalidException if it is a whiteout of nothing ({@code .wh.}), of {@code .} or {@code
   *     ..}, or its path has a {@code ..}, so that it would act outside its directory
   */
  static @Nullable Whiteout of(RawPath entryName) {
    if (!WhiteoutNames.mayBeWhiteout(entryName)) {
      return null;
    }
    RawPath path = entryName.clean();
    List<RawPath> components = path.components();
    int last = components.size() - 1;
    for (int i = 0; i <= last; i++) {
      RawPath c = components.get(i);
      if (WhiteoutNames.isMetadata(c) && !(i == last && c.equals(WhiteoutNames.OPAQUE))) {
        return new Metadata(path);
      }
    }
    if (last < 0 || !WhiteoutNames.hasPrefix(components.get(last))) {
      // Something below a directory called .wh.x: not a whiteout itself.
      return null;
    }
    RawPath name = components.get(last);
    if (path.hasDotDot()) {
      throw new InvalidException(entryName.toString(), "a whiteout whose path contains ..", "");
    }
    if (name.equals(WhiteoutNames.OPAQUE)) {
      return new Opaque(path.parent());
    }
    RawPath target = WhiteoutNames.withoutPrefix(name);
    if (target.isEmpty() || WhiteoutNames.isDots(target)) {
      throw new InvalidException(
          entryName.toString(), "a whiteout must name a file after .wh.", "");
    }
    return new Delete(path.parent().resolve(target));
  }
}
