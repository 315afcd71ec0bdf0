package dev.phyllo.transports;

import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.oci.InvalidException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a tar archive, by clean name.
 *
 * <p>An entry that occurs twice counts as its last occurrence, as tar would extract it. The
 * documents at the top must not: two readers could see two different images in one archive.
 * Everything below them is verified by digest, whichever occurrence it came from.
 */
final class ArchiveFiles implements ImageFiles {
  private static final int MAX_NAME_BYTES = 4096;

  private final String thing;
  private final AutoClosing source;
  private final Map<String, ImageFile> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  /** What has to be closed with the files. */
  @FunctionalInterface
  interface AutoClosing {
    /** Gives back what is held. */
    void close();
  }

  ArchiveFiles(String thing, AutoClosing source) {
    this.thing = thing;
    this.source = source;
  }

  /** The limits for reading the archive itself. */
  static TarLimits tarLimits(LoadLimits limits) {
    return TarLimits.DEFAULT
        .withMaxEntries(limits.maxEntries())
        .withMaxTotalBytes(limits.maxArchiveBytes())
        .withMaxPathBytes(MAX_NAME_BYTES)
        .withMaxPaxBytes(1 << 20);
  }

  /**
   * The first entry.
   *
   * @throws InvalidException if what should be an archive is none
   */
  static @Nullable TarEntry first(TarReader tar, String thing) {
    try {
      return tar.next();
    } catch (InvalidException e) {
      String why = e.thing().equals(thing) ? e.why() : e.thing() + ": " + e.why();
      throw new InvalidException(
          thing,
          "not an image archive: " + why,
          "give what docker save, skopeo or phyllo save wrote; phyllo import takes the archive of a root file system",
          e);
    }
  }

  /** The key of an entry, or null if nothing can ask for it. */
  static @Nullable String key(TarEntry entry) {
    String key = EntryPath.clean(entry.name().toString());
    return key == null || key.isEmpty() ? null : key;
  }

  /** The entry as errors name it: the archive, the name, and where its content begins. */
  static String where(String thing, String key, long offset) {
    return thing + ": " + key + " at byte " + offset;
  }

  /** Adds a regular file. */
  void add(String key, ImageFile file) {
    forget(key);
    files.put(key, file);
  }

  /** Adds a hard or symbolic link. */
  void addLink(String key, TarEntry entry) {
    String to = entry.linkName().toString();
    String target =
        entry.type() == TarEntry.Type.HARDLINK
            ? EntryPath.clean(to)
            : EntryPath.linkTarget(key, to);
    forget(key);
    if (target != null) {
      links.put(key, target);
    }
  }

  @Override
  public String thing() {
    return thing;
  }

  @Override
  public @Nullable ImageFile find(String name) {
    String key = name;
    for (int i = 0; i <= MAX_LINKS; i++) {
      ImageFile file = files.get(key);
      if (file != null) {
        return file;
      }
      String target = links.get(key);
      if (target == null) {
        return null;
      }
      key = target;
    }
    throw new InvalidException(thing, name + " is a link that leads in a circle", "");
  }

  @Override
  public void close() {
    source.close();
  }

  private void forget(String key) {
    boolean wasFile = files.remove(key) != null;
    boolean known = links.remove(key) != null || wasFile;
    if (known
        && (key.equals(ImageContents.INDEX)
            || key.equals(ImageContents.MANIFEST)
            || key.equals(ImageContents.OCI_LAYOUT))) {
      throw new InvalidException(
          thing, "has two entries " + key + ": it could be read as two images", "make it again");
    }
  }
}
