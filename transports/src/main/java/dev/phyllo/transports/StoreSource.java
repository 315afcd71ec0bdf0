package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** An image in a content store. */
public final class StoreSource implements ImageSource {
  private final ContentStore content;
  private final Descriptor target;
  private final Optional<Reference> name;
  private final BiFunction<Descriptor, String, List<Reference>> repositories;

  /**
   * An image.
   *
   * @param content where it is; under a lease, if anyone may collect garbage meanwhile
   * @param name what it is called there
   * @param repositories where else in a registry a blob is likely to be
   */
  public StoreSource(
      ContentStore content,
      Descriptor target,
      Optional<Reference> name,
      BiFunction<Descriptor, String, List<Reference>> repositories) {
    this.repositories = repositories;
    this.content = content;
    this.target = target;
    this.name = name;
  }

  @Override
  public String thing() {
    return name.map(Reference::familiar).orElseGet(() -> target.digest().toString());
  }

  @Override
  public Optional<Reference> name() {
    return name;
  }

  @Override
  public Descriptor target() {
    return target;
  }

  @Override
  public boolean has(Descriptor descriptor) {
    return content.has(descriptor.digest());
  }

  @Override
  public byte[] document(Descriptor descriptor) {
    content.has(descriptor.digest()); // under a lease, what is looked for is not collected
    return content.read(descriptor, JsonCodec.MAX_BYTES);
  }

  @Override
  public InputStream blob(Descriptor descriptor, long offset) {
    content.has(descriptor.digest());
    InputStream in = content.open(descriptor.digest());
    try {
      in.skipNBytes(offset);
      return in;
    } catch (IOException e) {
      throw new SystemException(descriptor.digest().toString(), e);
    }
  }

  @Override
  public List<Reference> alsoIn(Descriptor blob, String registry) {
    return repositories.apply(blob, registry);
  }

  @Override
  public List<Descriptor> referrers(Digest subject) {
    List<Descriptor> found = new ArrayList<>();
    for (BlobInfo blob : content.list()) {
      if (blob.size() <= JsonCodec.MAX_BYTES) {
        referrer(blob, subject).ifPresent(found::add);
      }
    }
    return found;
  }

  private Optional<Descriptor> referrer(BlobInfo blob, Digest subject) {
    String thing = blob.digest().toString();
    try {
      byte[] bytes = content.readTrusted(blob.digest(), JsonCodec.MAX_BYTES);
      if (bytes.length == 0 || bytes[0] != '{') {
        return Optional.empty();
      }
      String type = JsonCodec.parseObject(bytes, thing).string("mediaType").orElse("");
      boolean index = MediaTypes.isIndex(type);
      if (!index && !MediaTypes.isManifest(type)) {
        return Optional.empty();
      }
      Optional<Descriptor> of =
          index ? Index.parse(bytes, thing).subject() : Manifest.parse(bytes, thing).subject();
      Optional<String> artifact =
          index
              ? Index.parse(bytes, thing).artifactType()
              : Manifest.parse(bytes, thing).artifactType();
      return of.filter(s -> s.digest().equals(subject))
          .map(_ ->
              new Descriptor(
                  type,
                  blob.digest(),
                  bytes.length,
                  List.of(),
                  java.util.Map.of(),
                  Optional.empty(),
                  artifact,
                  Optional.empty(),
                  Json.Obj.EMPTY));
    } catch (PhylloException _) {
      return Optional.empty(); // some other document
    }
  }

  @Override
  public void close() {
    // The store stays.
  }
}
