package dev.phyllo.transports.registry;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.transports.BlobContent;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * A repository of a registry: manifests by tag or digest, and blobs.
 *
 * <p>What is read is asked of the configured mirrors first, and of the registry last; what is
 * written goes to the registry.
 */
public final class Repository {
  private final Reference reference;
  private final Endpoint origin;
  private final List<Endpoint> readable;
  private final String name;

  Repository(Reference reference, Endpoint origin, List<Endpoint> readable) {
    this.reference = reference;
    this.origin = origin;
    this.readable = List.copyOf(readable);
    this.name = reference.familiarRepository();
  }

  /** Its name; a tag or digest in it means nothing. */
  public Reference reference() {
    return reference;
  }

  /**
   * What a tag or digest stands for, by HEAD where the registry answers that fully; nothing if it
   * has none such.
   */
  public Optional<Descriptor> resolve(String tagOrDigest) {
    PhylloException failed = null;
    for (Endpoint endpoint : readable) {
      if (endpoint.host().isDown() && !endpoint.equals(origin)) {
        continue;
      }
      try {
        Optional<Descriptor> head = new Manifests(endpoint, name).head(tagOrDigest);
        if (head.isPresent()) {
          return head;
        }
      } catch (PhylloException e) {
        failed = e;
      }
    }
    try {
      return Optional.of(manifest(tagOrDigest).descriptor());
    } catch (NotFoundException _) {
      if (failed != null) {
        throw failed;
      }
      return Optional.empty();
    }
  }

  /**
   * Fetches a manifest or index and verifies it.
   *
   * @throws NotFoundException if there is none such
   * @throws dev.phyllo.oci.CorruptException if its bytes do not have its digest
   * @throws UnsupportedException if it is of Docker's schema 1
   */
  public RemoteDocument manifest(String tagOrDigest) {
    for (Endpoint mirror : readable.subList(0, readable.size() - 1)) {
      try {
        if (!mirror.host().isDown()) {
          return new Manifests(mirror, name).get(tagOrDigest);
        }
      } catch (PhylloException _) {
        // What a mirror cannot do the next one may, and the registry itself tells why not.
      }
    }
    return new Manifests(origin, name).get(tagOrDigest);
  }

  /**
   * Opens a blob at an offset. Where the connection breaks the stream goes on by itself. Its bytes
   * are not verified, but there are never more or fewer than the descriptor says. A failure is
   * thrown by reading.
   */
  public InputStream blob(Descriptor descriptor, long offset) {
    return new BlobStream(readable, descriptor, offset, name + "@" + descriptor.digest());
  }

  /** Whether the registry has a blob in this repository. */
  public boolean hasBlob(Digest digest) {
    Request request = Request.of("HEAD", origin.uri("blobs/" + digest), origin.pull());
    try (Response response = origin.host().send(request)) {
      return response.status() == 200;
    }
  }

  /** Whether the registry has a manifest or index in this repository. */
  public boolean hasManifest(Digest digest) {
    return new Manifests(origin, name).head(digest.toString()).isPresent();
  }

  /**
   * Takes a blob over from another repository of the same registry.
   *
   * @return whether the registry did it; if not, the blob has to be uploaded
   */
  public boolean mount(Digest digest, Reference from) {
    return from.domain().equals(reference.domain())
        && !from.path().equals(reference.path())
        && new Upload(origin, name).mount(digest, from.path());
  }

  /**
   * Uploads a blob: in one piece, or if it is long in several, of which only the broken one is sent
   * again.
   *
   * @param content its bytes, which are verified on the way
   * @throws dev.phyllo.oci.CorruptException if they are not the blob
   */
  public void upload(Descriptor descriptor, BlobContent content) {
    new Upload(origin, name).upload(descriptor, content);
  }

  /**
   * Pushes a manifest or index, whose parts are there. One that has a subject is added to its
   * referrers, in the way that the registry knows.
   */
  public void push(String tagOrDigest, Descriptor descriptor, byte[] bytes) {
    Optional<Referrers.Subject> subject = Referrers.subject(descriptor, bytes);
    boolean noticed = new Manifests(origin, name).put(tagOrDigest, descriptor.mediaType(), bytes);
    if (subject.isPresent() && !noticed) {
      new Referrers(origin, name).add(subject.get());
    }
  }

  /**
   * All tags, in the registry's order.
   *
   * @throws NotFoundException if there is no such repository
   */
  public List<String> tags() {
    return new Tags(origin, name).list();
  }

  /**
   * What refers to a manifest: signatures, bills of material. By the referrers API, or by the tag
   * that stands for it where the registry has none (specification, "Referrers Tag Schema").
   *
   * @param artifactType only those of this type
   */
  public List<Descriptor> referrers(Digest subject, Optional<String> artifactType) {
    return new Referrers(origin, name).list(subject, artifactType);
  }

  /**
   * Removes a tag; where the registry cannot remove a tag alone, the manifest it stands for, and
   * with it its other tags.
   *
   * @return the digest of the manifest if that was removed
   */
  public Optional<Digest> delete(String tagOrDigest) {
    Manifests manifests = new Manifests(origin, name);
    boolean isDigest = Digest.isValid(tagOrDigest);
    if (!isDigest && manifests.delete(tagOrDigest) / 100 == 2) {
      return Optional.empty();
    }
    RemoteDocument document = manifests.get(tagOrDigest);
    Digest digest = document.descriptor().digest();
    if (manifests.delete(digest.toString()) / 100 != 2) {
      throw new UnsupportedException(
          name, "the registry does not allow to delete", "its owner has to enable it");
    }
    Optional<Referrers.Subject> subject =
        Referrers.subject(document.descriptor(), document.bytes());
    if (subject.isPresent()) {
      new Referrers(origin, name).remove(subject.get());
    }
    return Optional.of(digest);
  }
}
