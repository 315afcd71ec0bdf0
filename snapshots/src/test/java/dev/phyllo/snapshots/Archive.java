package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.PhylloException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Archives for tests: names are written down as they are, however hostile. */
final class Archive {
  /** 2023-11-14 and a half. */
  static final long TIME = 1_700_000_000L;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarWriter tar = new TarWriter(bytes);
  private @Nullable Path plainTwin;

  Archive dir(String name, int mode) {
    return add(entry(name, TarEntry.Type.DIRECTORY).mode(mode).build());
  }

  Archive dir(String name) {
    return dir(name, 0755);
  }

  Archive file(String name, String content) {
    return file(name, content, 0644);
  }

  Archive file(String name, String content, int mode) {
    byte[] c = content.getBytes(StandardCharsets.UTF_8);
    return add(entry(name, TarEntry.Type.FILE).mode(mode).size(c.length).build(), c);
  }

  Archive symlink(String name, String target) {
    return add(entry(name, TarEntry.Type.SYMLINK).linkName(RawPath.of(target)).build());
  }

  Archive hardlink(String name, String target) {
    return add(entry(name, TarEntry.Type.HARDLINK).linkName(RawPath.of(target)).build());
  }

  /** An empty file, as whiteouts are. */
  Archive empty(String name) {
    return file(name, "");
  }

  Archive device(String name, TarEntry.Type type, int major, int minor) {
    return add(entry(name, type).device(major, minor).build());
  }

  Archive add(TarEntry entry) {
    tar.entry(entry);
    return this;
  }

  Archive add(TarEntry entry, byte[] content) {
    tar.entry(entry, content);
    return this;
  }

  byte[] bytes() {
    tar.close();
    return bytes.toByteArray();
  }

  static TarEntry.Builder entry(String name, TarEntry.Type type) {
    return TarEntry.builder(RawPath.of(name), type).mtime(TIME, 500_000_000);
  }

  /** Applies it in overlay style on top of other layers' directories, top first. */
  Applied applyTo(Path directory, Path... lowers) {
    Path twin = plainTwin;
    if (twin != null) {
      try {
        apply(bytes(), twin, WhiteoutStyle.PLAIN, List.of());
      } catch (PhylloException _) {
        // What counts for the twin is only that nothing outside of it changes.
      }
    }
    return apply(bytes(), directory, WhiteoutStyle.OVERLAY, List.of(lowers));
  }

  /**
   * Whatever is done to a layer is done to this plain tree first, as the native snapshotter would.
   */
  Archive beside(Path plain) {
    plainTwin = plain;
    return this;
  }

  /** Applies it to a plain tree. */
  Applied applyPlain(Path directory) {
    return apply(bytes(), directory, WhiteoutStyle.PLAIN, List.of());
  }

  static Applied apply(byte[] archive, Path directory, WhiteoutStyle style, List<Path> lowers) {
    try (TarReader reader =
        new TarReader(new ByteArrayInputStream(archive), TarLimits.DEFAULT, "test layer")) {
      return new Applier(directory, style, lowers).apply(reader);
    }
  }
}
