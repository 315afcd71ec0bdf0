package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OCI image layout in a directory, which takes an image under a tag, as skopeo's {@code
 * oci:DIR:TAG}. Nobody else changes the layout while this is open.
 */
public final class LayoutDestination implements ImageDestination {
  private final Path directory;
  private final Optional<String> tag;
  private final LayoutFiles writer;
  private final FileLocker.Held lock;
  private final List<Descriptor> beside = new ArrayList<>();

  /**
   * Opens a layout, which is made if it is not there.
   *
   * @param tag what the image is called in it
   * @param locker keeps two processes from changing it at a time
   * @throws dev.phyllo.oci.ConflictException if the directory holds other things
   */
  public LayoutDestination(
      Path directory, Optional<String> tag, FileLocker locker, StepListener steps) {
    this.directory = directory;
    this.tag = tag;
    this.writer = new LayoutFiles(directory, steps);
    try {
      writer.prepare();
      lock = new Locks(directory, locker).acquire(ImageContents.OCI_LAYOUT, Locks.Mode.EXCLUSIVE);
      boolean begun = false;
      try {
        writer.begin();
        begun = true;
      } finally {
        if (!begun) {
          lock.close();
        }
      }
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  @Override
  public String thing() {
    return directory + tag.map(t -> ":" + t).orElse("");
  }

  @Override
  public boolean has(Descriptor blob) {
    try {
      return writer.has(blob);
    } catch (IOException e) {
      throw new SystemException(thing(), e);
    }
  }

  @Override
  public void putBlob(Descriptor blob, BlobContent content) {
    try (InputStream in = new VerifiedInput(content.open(0), blob, thing())) {
      writer.put(blob, in);
    } catch (IOException e) {
      throw new SystemException(thing(), e);
    }
  }

  @Override
  public void putDocument(Descriptor descriptor, byte[] bytes) {
    if (!has(descriptor)) {
      putBlob(descriptor, _ -> new java.io.ByteArrayInputStream(bytes));
    }
  }

  @Override
  public void putReferrer(Descriptor descriptor, byte[] bytes) {
    putDocument(descriptor, bytes);
    synchronized (beside) {
      beside.add(descriptor);
    }
  }

  @Override
  public void putTagged(String beside, Descriptor descriptor, byte[] bytes) {
    putReferrer(named(descriptor, Optional.of(beside)), bytes);
  }

  @Override
  public void commit(Descriptor target, byte[] bytes) {
    putDocument(target, bytes);
    try {
      Index index = writer.readIndex();
      List<Descriptor> added = new ArrayList<>();
      added.add(named(target, tag));
      synchronized (beside) {
        added.addAll(beside);
      }
      writer.finish(index, index.withManifests(merged(index.manifests(), added)));
    } catch (IOException e) {
      throw new SystemException(thing(), e);
    }
  }

  static Descriptor named(Descriptor d, Optional<String> tag) {
    Map<String, String> annotations = new LinkedHashMap<>(d.annotations());
    annotations.remove(Descriptor.REF_NAME);
    annotations.remove(ImageNames.CONTAINERD_NAME);
    tag.ifPresent(t -> annotations.put(Descriptor.REF_NAME, t));
    return d.withAnnotations(annotations);
  }

  /** What is there keeps its place; an image of the same name is replaced where it stands. */
  static List<Descriptor> merged(List<Descriptor> before, List<Descriptor> added) {
    List<Descriptor> result = new ArrayList<>(before);
    for (Descriptor d : added) {
      int at = -1;
      for (int i = 0; i < result.size() && at < 0; i++) {
        Descriptor other = result.get(i);
        boolean same =
            d.refName().isPresent()
                ? d.refName().equals(other.refName())
                : other.refName().isEmpty() && other.digest().equals(d.digest());
        at = same ? i : -1;
      }
      if (at < 0) {
        result.add(d);
      } else {
        result.set(at, d);
      }
    }
    return result;
  }

  @Override
  public void close() {
    lock.close();
  }
}
