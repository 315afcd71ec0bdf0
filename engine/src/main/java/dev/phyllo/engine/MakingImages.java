package dev.phyllo.engine;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.Work;
import dev.phyllo.oci.json.Json;
import dev.phyllo.snapshots.Differ;
import dev.phyllo.store.Batch;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Image;
import dev.phyllo.store.Ingest;
import dev.phyllo.store.Lease;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The end of every way to make an image here: config, manifest, snapshots, and last the name. */
final class MakingImages {
  private MakingImages() {}

  /**
   * A layer in the store.
   *
   * @param blob its blob
   * @param diffId the digest of its archive
   * @param entries how many entries it has
   */
  record Packed(Descriptor blob, Digest diffId, long entries) {}

  /** Writes changes as a layer, compressed by gzip, into the store. */
  static Packed pack(ContentStore content, Differ differ) {
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    try (Ingest ingest = content.begin(Digest.Algorithm.SHA256)) {
      OutputStream compressed = Compression.GZIP.compress(ingest.out());
      long entries;
      try (Work work = content.watch(Work.Kind.PACK, "new layer", Work.UNKNOWN);
          TarWriter tar = new TarWriter(work.count(new DigestOutputStream(compressed, hash)))) {
        entries = differ.write(tar);
        work.done();
      }
      Descriptor blob =
          ingest.commit(Compression.GZIP.layerMediaType(), Optional.empty(), Optional.empty());
      return new Packed(blob, Digest.of(Digest.Algorithm.SHA256, hash.digest()), entries);
    }
  }

  /**
   * Makes an image of layers that are in the store. The name comes last: before that nobody can see
   * the image, and what is there of it is garbage.
   *
   * @param lease keeps the layers, and until the name is there all the rest
   * @param name its name; without one only its id finds it
   */
  static Made make(
      Phyllo engine,
      Lease lease,
      Optional<Reference> name,
      ImageConfig config,
      List<Descriptor> layers) {
    return make(engine, lease, name, config, layers, Map.of(), true);
  }

  /** The same without unpacking the layers, which is left to the first run. */
  static Made name(
      Phyllo engine,
      Lease lease,
      Optional<Reference> name,
      ImageConfig config,
      List<Descriptor> layers,
      Map<String, String> annotations) {
    return make(engine, lease, name, config, layers, annotations, false);
  }

  /** A manifest with annotations. */
  static Manifest manifest(
      Descriptor config, List<Descriptor> layers, Map<String, String> annotations) {
    return new Manifest(
        MediaTypes.OCI_MANIFEST,
        config,
        layers,
        annotations,
        Optional.empty(),
        Optional.empty(),
        Json.Obj.EMPTY);
  }

  private static Made make(
      Phyllo engine,
      Lease lease,
      Optional<Reference> name,
      ImageConfig config,
      List<Descriptor> layers,
      Map<String, String> annotations,
      boolean unpacked) {
    byte[] configBytes = config.toBytes();
    Descriptor configBlob = Descriptor.of(MediaTypes.OCI_CONFIG, configBytes);
    Manifest manifest = manifest(configBlob, layers, annotations);
    byte[] manifestBytes = manifest.toBytes();
    Descriptor target = Descriptor.of(MediaTypes.OCI_MANIFEST, manifestBytes);
    try (Batch batch = engine.content().under(lease).batch()) {
      batch.ingest(configBlob, new ByteArrayInputStream(configBytes));
      batch.ingest(target, new ByteArrayInputStream(manifestBytes));
      batch.commit();
    }
    if (unpacked) {
      engine.unpacking().unpack(new Images.Chosen(target, manifest), lease);
    }
    Optional<String> canonical = name.map(Reference::canonical);
    engine
        .names()
        .put(
            List.of(
                canonical.isPresent()
                    ? new Image(canonical.get(), target)
                    : Image.unnamed(target)));
    return new Made(canonical, target, configBlob.digest());
  }

  /** When an image made now was made, as RFC 3339 text. */
  static String created(OptionalLong sourceDate) {
    return sourceDate.isPresent()
        ? Instant.ofEpochSecond(sourceDate.getAsLong()).toString()
        : Instant.now().toString();
  }
}
