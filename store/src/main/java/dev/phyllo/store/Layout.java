package dev.phyllo.store;

import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The two files that make a directory of blobs an OCI image layout (image-layout.md): {@code
 * oci-layout}, which says so, and {@code index.json}, which names what is in it.
 */
final class Layout {
  /** The lock under which index.json changes. */
  static final String LOCK = "images";

  /** Bounds index.json: it holds one short descriptor for each name, so this is 200,000 names. */
  static final int MAX_INDEX_BYTES = 64 << 20;

  private static final byte[] MARKER =
      "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8);

  private Layout() {}

  /** Makes the content directory a layout if it is not one yet. */
  static void ensure(NamespaceDirs dirs, Locks locks) {
    if (isComplete(dirs)) {
      return;
    }
    try (FileLocker.Held _ = locks.acquire(LOCK, Locks.Mode.EXCLUSIVE)) {
      ensureLocked(dirs);
    }
  }

  /** The same for who holds the lock. */
  static void ensureLocked(NamespaceDirs dirs) {
    if (isComplete(dirs)) {
      return;
    }
    DurableFiles.createDirectories(dirs.blobs());
    if (!Files.exists(dirs.index())) {
      DurableFiles.replace(dirs.index(), Index.of(List.of()).toBytes(), true);
    }
    // The marker comes last: a directory that has it is a complete layout.
    DurableFiles.replace(dirs.ociLayout(), MARKER, true);
  }

  /** Reads index.json; a layout that does not exist yet has an empty one. */
  static Index readIndex(NamespaceDirs dirs) {
    Path file = dirs.index();
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_INDEX_BYTES + 1);
    } catch (NoSuchFileException _) {
      return Index.of(List.of());
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    String thing = file.toString();
    try {
      return Index.fromJson(JsonCodec.parseObject(bytes, thing, MAX_INDEX_BYTES));
    } catch (InvalidException e) {
      throw new InvalidException(
          e.thing(),
          e.why(),
          e.remedy().isEmpty() ? "move the file away and load the images again" : e.remedy(),
          e);
    }
  }

  /** Replaces index.json; the caller holds the lock. */
  static void writeIndex(NamespaceDirs dirs, Index index) {
    byte[] bytes = index.toBytes();
    if (bytes.length > MAX_INDEX_BYTES) {
      throw new InvalidException(
          dirs.index().toString(),
          "would become longer than " + MAX_INDEX_BYTES + " bytes",
          "remove images that are not needed");
    }
    DurableFiles.deleteTemporaries(dirs.content());
    DurableFiles.replace(dirs.index(), bytes, true);
  }

  private static boolean isComplete(NamespaceDirs dirs) {
    return Files.exists(dirs.ociLayout()) && Files.exists(dirs.index());
  }
}
