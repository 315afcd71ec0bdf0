package dev.phyllo.transports.registry;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.transports.ImageSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An image in a registry, to be read. */
public final class RegistrySource implements ImageSource {
  private static final long MAX_KEPT = 16 << 20;

  private final Repository repository;
  private final Reference reference;
  private final Map<Digest, byte[]> read = new HashMap<>(); // guarded by itself
  private long kept; // guarded by read
  private Optional<Descriptor> target = Optional.empty(); // guarded by this

  /**
   * The image of a reference; nothing is asked yet.
   *
   * @param client which is not closed with this
   */
  public RegistrySource(RegistryClient client, Reference reference) {
    this.repository = client.repository(reference);
    this.reference = reference;
  }

  /** Its repository. */
  public Repository repository() {
    return repository;
  }

  @Override
  public String thing() {
    return reference.familiar();
  }

  @Override
  public Optional<Reference> name() {
    return Optional.of(reference);
  }

  @Override
  public synchronized Descriptor target() {
    if (target.isEmpty()) {
      String wanted =
          reference.digest().isPresent()
              ? reference.digest().get().toString()
              : reference.tag().orElse("latest");
      target =
          Optional.of(
              repository
                  .resolve(wanted)
                  .orElseThrow(() ->
                      new NotFoundException(
                          reference.familiar(),
                          "no such image in the registry",
                          "phyllo tags " + reference.familiarRepository() + " lists its tags")));
    }
    return target.get();
  }

  @Override
  public byte[] document(Descriptor d) {
    synchronized (read) {
      byte[] known = read.get(d.digest());
      if (known != null) {
        return known;
      }
    }
    byte[] bytes;
    if (MediaTypes.isIndex(d.mediaType()) || MediaTypes.isManifest(d.mediaType())) {
      bytes = repository.manifest(d.digest().toString()).bytes();
    } else {
      bytes = small(d);
    }
    if (bytes.length != d.size()) {
      throw new CorruptException(
          thing(),
          d.digest() + " has " + bytes.length + " bytes, its descriptor says " + d.size(),
          "");
    }
    synchronized (read) {
      kept += bytes.length;
      if (kept > MAX_KEPT) {
        read.clear(); // an index may name thousands
        kept = bytes.length;
      }
      read.put(d.digest(), bytes);
    }
    return bytes;
  }

  /** A config, which is a blob. */
  private byte[] small(Descriptor d) {
    if (d.size() > JsonCodec.MAX_BYTES) {
      throw new InvalidException(
          thing(), d.digest() + " of " + d.size() + " bytes is too long for a document", "");
    }
    try (InputStream in = blob(d, 0)) {
      byte[] bytes = in.readAllBytes();
      Digest actual =
          Digest.of(
              d.digest().algorithm(), d.digest().algorithm().newMessageDigest().digest(bytes));
      if (!actual.equals(d.digest())) {
        throw new CorruptException(
            thing(), "the bytes of " + d.digest() + " have the digest " + actual, "");
      }
      return bytes;
    } catch (IOException e) {
      throw new SystemException(thing(), e);
    }
  }

  @Override
  public InputStream blob(Descriptor d, long offset) {
    return repository.blob(d, offset);
  }

  @Override
  public List<Reference> alsoIn(Descriptor blob, String registry) {
    return registry.equals(reference.domain()) ? List.of(reference) : List.of();
  }

  @Override
  public List<Descriptor> referrers(Digest subject) {
    return repository.referrers(subject, Optional.empty());
  }

  @Override
  public Optional<Descriptor> tagged(String tag) {
    return repository.resolve(tag);
  }

  @Override
  public void close() {
    // The client belongs to who opened it.
  }
}
