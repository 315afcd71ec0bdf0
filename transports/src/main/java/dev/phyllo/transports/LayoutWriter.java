package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.FileLocker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts an image together from files, by hand: blobs are added, and then {@link #write} makes them,
 * and the name, part of an OCI image layout (image-layout.md). An image of the same name is
 * replaced; a crash leaves the layout as it was.
 */
public final class LayoutWriter {
  private final LayoutDirectory directory;
  private final Map<Descriptor, LayoutDirectory.BlobSource> blobs = new LinkedHashMap<>();

  /**
   * A writer for a layout that exists, or for a new directory.
   *
   * @param locker keeps two processes from changing one layout at a time
   * @param steps hears what is written
   */
  public LayoutWriter(Path directory, FileLocker locker, StepListener steps) {
    this.directory = new LayoutDirectory(directory, locker, steps);
  }

  /** Adds a file, which must be what the descriptor says when it is copied. */
  public LayoutWriter blob(Descriptor d, Path file) {
    blobs.put(d, () -> new VerifiedInput(Files.newInputStream(file), d, _ -> changed(file)));
    return this;
  }

  /** Adds a document. */
  public LayoutWriter blob(Descriptor d, byte[] content) {
    blobs.put(d, () -> new ByteArrayInputStream(content));
    return this;
  }

  /**
   * Writes everything, durably.
   *
   * @param target the manifest, one of the blobs
   * @param refName its name in the layout, the annotation {@value Descriptor#REF_NAME}
   * @throws CorruptException if a file changed since it was hashed
   * @throws dev.phyllo.oci.ConflictException if the directory holds something else
   */
  public void write(Descriptor target, String refName) {
    Map<String, String> annotations = new LinkedHashMap<>(target.annotations());
    annotations.put(Descriptor.REF_NAME, refName);
    Descriptor named = target.withAnnotations(annotations);
    directory.change(
        new LayoutDirectory.Changes() {
          @Override
          public Index index(Index before) {
            List<Descriptor> manifests = new ArrayList<>();
            for (Descriptor d : before.manifests()) {
              if (!d.refName().filter(refName::equals).isPresent()) {
                manifests.add(d);
              }
            }
            manifests.add(named);
            return before.withManifests(manifests);
          }

          @Override
          public void writeBlobs() throws IOException {
            for (Map.Entry<Descriptor, LayoutDirectory.BlobSource> blob : blobs.entrySet()) {
              directory.write(blob.getKey(), blob.getValue());
            }
            directory.sync();
          }
        });
  }

  private static CorruptException changed(Path file) {
    return new CorruptException(
        file.toString(), "changed while it was read", "do it again when it is at rest");
  }
}
