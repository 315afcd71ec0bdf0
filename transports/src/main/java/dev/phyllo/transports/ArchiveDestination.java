package dev.phyllo.transports;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An archive that takes one image: an OCI layout in tar, with docker's documents beside it where
 * those are wanted. The file appears whole at {@link #commit}, replacing what was there.
 */
public final class ArchiveDestination implements ImageDestination {
  private final Path target;
  private final Optional<String> tag;
  private final boolean docker;
  private final WholeFile file;
  private final TarWriter tar;
  private final Set<Digest> written = new HashSet<>();
  private final Set<String> directories = new HashSet<>();
  private final List<Descriptor> beside = new ArrayList<>();
  private final List<Document.OfManifest> images = new ArrayList<>();

  /**
   * Begins an archive.
   *
   * @param tag what the image is called in it; for docker's format, its whole name
   * @param docker whether docker's documents are in it too
   */
  public ArchiveDestination(Path target, Optional<String> tag, boolean docker) {
    if (Files.isDirectory(target)) {
      throw new ConflictException(target.toString(), "is a directory", "name a file");
    }
    this.target = target;
    this.tag = tag;
    this.docker = docker;
    if (docker && tag.isPresent()) {
      Reference.parse(tag.get()); // now, not after everything was written
    }
    this.file = WholeFile.open(target);
    this.tar = new TarWriter(file.out());
  }

  @Override
  public String thing() {
    return target + tag.map(t -> ":" + t).orElse("");
  }

  @Override
  public boolean isConcurrent() {
    return false;
  }

  @Override
  public boolean has(Descriptor blob) {
    return written.contains(blob.digest());
  }

  @Override
  public void putBlob(Descriptor blob, BlobContent content) {
    if (!written.add(blob.digest())) {
      return;
    }
    directory("blobs");
    directory("blobs/" + blob.digest().algorithm().token());
    try (InputStream in = new VerifiedInput(content.open(0), blob, thing())) {
      tar.entry(
          entry(ImageFiles.blobName(blob.digest()), TarEntry.Type.FILE, 0444, blob.size()), in);
      if (in.read() >= 0) {
        throw new IllegalStateException("the writer leaves nothing");
      }
    } catch (IOException e) {
      throw new SystemException(thing(), e);
    }
  }

  @Override
  public void putDocument(Descriptor descriptor, byte[] bytes) {
    putBlob(descriptor, _ -> new ByteArrayInputStream(bytes));
    if (MediaTypes.isManifest(descriptor.mediaType())) {
      String name = descriptor.digest().toString();
      Document.OfManifest image =
          new Document.OfManifest(
              descriptor, new MemoryFile(name, bytes), Manifest.parse(bytes, name));
      if (image.isImage() && !PlatformChoice.isAttestation(descriptor)) {
        images.add(image);
      }
    }
  }

  @Override
  public void putReferrer(Descriptor descriptor, byte[] bytes) {
    putBlob(descriptor, _ -> new ByteArrayInputStream(bytes));
    beside.add(descriptor);
  }

  @Override
  public void putTagged(String name, Descriptor descriptor, byte[] bytes) {
    putReferrer(LayoutDestination.named(descriptor, Optional.of(name)), bytes);
  }

  @Override
  public void commit(Descriptor top, byte[] bytes) {
    putDocument(top, bytes);
    List<Descriptor> manifests = new ArrayList<>();
    Optional<Reference> name = docker ? tag.map(Reference::parse) : Optional.empty();
    if (name.isPresent()) {
      LayoutIndex index = new LayoutIndex(Index.of(List.of()));
      index.add(LayoutDestination.named(top, Optional.empty()), name);
      manifests.addAll(index.build().manifests());
    } else {
      manifests.add(LayoutDestination.named(top, tag));
    }
    manifests.addAll(beside);
    document(ImageContents.INDEX, Index.of(manifests).toBytes());
    if (docker) {
      DockerDocuments documents =
          DockerDocuments.of(top, images, name.map(Set::of).orElse(Set.of()), written::contains);
      document(ImageContents.MANIFEST, documents.manifest());
      document(DockerDocuments.REPOSITORIES, documents.repositories());
    }
    document(ImageContents.OCI_LAYOUT, OciLayout.marker());
    tar.finish();
    file.commit();
  }

  private void document(String name, byte[] bytes) {
    tar.entry(entry(name, TarEntry.Type.FILE, 0644, bytes.length), bytes);
  }

  private void directory(String name) {
    if (directories.add(name)) {
      tar.entry(entry(name, TarEntry.Type.DIRECTORY, 0755, 0));
    }
  }

  private static TarEntry entry(String name, TarEntry.Type type, int mode, long size) {
    return TarEntry.builder(RawPath.of(name), type).mode(mode).size(size).build();
  }

  @Override
  public void close() {
    file.close();
  }
}
