package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.HashingInputStream;
import dev.phyllo.layers.HashingOutputStream;
import dev.phyllo.layers.KeptOpen;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes other manifests of an image: of another format, with layers compressed otherwise. The
 * config, and with it the image's ID and every diffID, stays byte for byte; a layer that is packed
 * again is compared with its diffID on the way.
 */
final class Conversion implements AutoCloseable {
  private static final int BUFFER = 128 << 10;

  private final ImageSource source;
  private final CopyOptions options;
  private final Map<Digest, Descriptor> converted = new HashMap<>();
  private final Map<Digest, Path> files = new HashMap<>();

  Conversion(ImageSource source, CopyOptions options) {
    this.source = source;
    this.options = options;
  }

  /** The format of what is made of a document of this type. */
  ManifestFormat format(String mediaType) {
    return options.format().orElseGet(() -> ManifestFormat.of(mediaType));
  }

  /** The manifest that is to be sent instead. */
  Manifest convert(Descriptor descriptor, Manifest manifest) {
    String thing = descriptor.digest().toString();
    ManifestFormat format = format(descriptor.mediaType());
    ImageConfig config =
        ImageConfig.parse(
            source.document(manifest.config()), manifest.config().digest().toString());
    if (config.diffIds().size() != manifest.layers().size()) {
      throw new InvalidException(
          thing, "its config has another number of layers", "pull or load the image again");
    }
    List<Descriptor> layers = new ArrayList<>();
    for (int i = 0; i < manifest.layers().size(); i++) {
      layers.add(layer(manifest.layers().get(i), config.diffIds().get(i), format));
    }
    Descriptor oldConfig = manifest.config();
    boolean oci = format == ManifestFormat.OCI;
    return new Manifest(
        format.manifest(),
        retyped(oldConfig, format.config(), oci),
        layers,
        oci ? manifest.annotations() : Map.of(),
        oci ? manifest.subject() : Optional.empty(),
        oci ? manifest.artifactType() : Optional.empty(),
        Json.Obj.EMPTY);
  }

  private static Descriptor retyped(Descriptor d, String type, boolean keepAnnotations) {
    return Descriptor.of(type, d.digest(), d.size())
        .withAnnotations(keepAnnotations ? d.annotations() : Map.of());
  }

  private Descriptor layer(Descriptor layer, Digest diffId, ManifestFormat format) {
    boolean oci = format == ManifestFormat.OCI;
    Compression before = compression(layer);
    Compression after = options.compression().orElse(before);
    String type = format.layer(after, layer.digest().toString());
    if (before == after) {
      return retyped(layer, type, oci);
    }
    Descriptor known = converted.get(layer.digest());
    if (known == null) {
      known = pack(layer, diffId, before, after);
      converted.put(layer.digest(), known);
    }
    return retyped(known, type, oci);
  }

  private Compression compression(Descriptor layer) {
    try (InputStream in = source.blob(layer, 0)) {
      return Compression.detect(in.readNBytes(Compression.HEAD_BYTES));
    } catch (IOException e) {
      throw new SystemException(layer.digest().toString(), e);
    }
  }

  private Descriptor pack(Descriptor layer, Digest diffId, Compression before, Compression after) {
    String thing = layer.digest().toString();
    try {
      Path file = Files.createTempFile("phyllo-layer-", ".blob");
      boolean done = false;
      try (HashingOutputStream out =
          new HashingOutputStream(
              new BufferedOutputStream(Files.newOutputStream(file), BUFFER),
              Digest.Algorithm.SHA256)) {
        try (VerifiedInput verified =
                new VerifiedInput(source.blob(layer, 0), layer, source.thing());
            HashingInputStream tar =
                new HashingInputStream(
                    before.decompress(new KeptOpen(verified), thing), diffId.algorithm());
            OutputStream packed = after.compress(out)) {
          tar.transferTo(packed);
          if (!tar.digest().equals(diffId)) {
            throw new CorruptException(
                thing,
                "its content has the digest " + tar.digest() + ", the config says " + diffId,
                "");
          }
          verified.transferTo(OutputStream.nullOutputStream());
        }
        Descriptor result = Descriptor.of("", out.digest(), out.count());
        if (files.putIfAbsent(result.digest(), file) == null) {
          done = true;
        }
        return result;
      } finally {
        if (!done) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  /** The bytes of a layer, packed again or not. */
  InputStream open(Descriptor blob, long offset) {
    Path file = files.get(blob.digest());
    if (file == null) {
      return source.blob(blob, offset);
    }
    try {
      InputStream in = Files.newInputStream(file);
      in.skipNBytes(offset);
      return in;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  @Override
  public void close() {
    for (Path file : files.values()) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException _) {
        // In the directory for temporary files.
      }
    }
  }
}
