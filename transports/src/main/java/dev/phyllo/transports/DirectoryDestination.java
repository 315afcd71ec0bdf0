package dev.phyllo.transports;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.store.DurableFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What skopeo calls {@code dir:}: one image in a directory, its manifest as {@code manifest.json},
 * every blob under the hex digits of its digest, and the manifests of an index under those and
 * {@code .manifest.json}. What the image does not need is removed when it is complete.
 */
public final class DirectoryDestination implements ImageDestination {
  private static final String VERSION = "version";
  private static final String VERSION_TEXT = "Directory Transport Version: 1.1\n";
  private static final String MANIFEST_END = ".manifest.json";

  private final Path directory;
  private final Set<String> needed = new HashSet<>(); // guarded by itself

  /**
   * Opens a directory, which is made if it is not there.
   *
   * @throws ConflictException if it holds other things
   */
  public DirectoryDestination(Path directory) {
    this.directory = directory;
    try {
      if (!Files.isDirectory(directory)) {
        if (!Files.isDirectory(WholeFile.directory(directory))) {
          throw new NotFoundException(
              directory.toString(),
              "there is no directory " + WholeFile.directory(directory),
              "make it first");
        }
        Files.createDirectory(directory);
      }
      List<String> names = DurableFiles.names(directory);
      if (!names.isEmpty() && !names.contains(VERSION)) {
        throw new ConflictException(
            directory.toString(),
            "holds " + names.getFirst() + " and is no dir: image",
            "name an empty or a new directory");
      }
      write(VERSION, VERSION_TEXT.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  @Override
  public String thing() {
    return directory.toString();
  }

  @Override
  public boolean has(Descriptor blob) {
    Path file = directory.resolve(need(blob.digest().hex()));
    try {
      return Files.isRegularFile(file) && LayoutFiles.isWhole(file, blob);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  @Override
  public void putBlob(Descriptor blob, BlobContent content) {
    Path file = directory.resolve(need(blob.digest().hex()));
    try (WholeFile whole = WholeFile.open(file);
        InputStream in = new VerifiedInput(content.open(0), blob, thing())) {
      in.transferTo(whole.out());
      whole.commitName();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  @Override
  public void putDocument(Descriptor descriptor, byte[] bytes) {
    write(descriptor.digest().hex() + MANIFEST_END, bytes);
  }

  @Override
  public void putReferrer(Descriptor descriptor, byte[] bytes) {
    throw noReferrers();
  }

  @Override
  public void putTagged(String tag, Descriptor descriptor, byte[] bytes) {
    throw noReferrers();
  }

  private UnsupportedException noReferrers() {
    return new UnsupportedException(
        thing(), "a dir: holds one image and nothing that refers to it", "copy to oci:DIR");
  }

  @Override
  public void commit(Descriptor target, byte[] bytes) {
    write(ImageContents.MANIFEST, bytes);
    DurableFiles.syncDirectory(directory);
    for (String name : DurableFiles.names(directory)) {
      String hex =
          name.endsWith(MANIFEST_END)
              ? name.substring(0, name.length() - MANIFEST_END.length())
              : name;
      boolean ours = Digest.isValid("sha256:" + hex) || Digest.isValid("sha512:" + hex);
      if (ours && !needed.contains(name)) {
        DurableFiles.deleteTree(directory.resolve(name));
      }
    }
  }

  private void write(String name, byte[] bytes) {
    Path file = directory.resolve(need(name));
    try (WholeFile whole = WholeFile.open(file);
        InputStream in = new ByteArrayInputStream(bytes)) {
      in.transferTo(whole.out());
      whole.commitName();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private String need(String name) {
    synchronized (needed) {
      needed.add(name);
    }
    return name;
  }

  @Override
  public void close() {
    // Each file is whole.
  }
}
