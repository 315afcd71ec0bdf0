package dev.phyllo.engine;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Unpacked;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Computes everything that an image says of itself again, level by level, and lists every mismatch:
 * digests, sizes and media types of all documents and layers, diffIDs, the number of layers, and
 * the chainIDs of its snapshots.
 */
final class Verifying {
  private final Phyllo engine;
  private final ContentStore content;
  private final List<Verified> levels = new ArrayList<>();
  private final Set<Digest> done = new HashSet<>();

  Verifying(Phyllo engine) {
    this.engine = engine;
    this.content = engine.content();
  }

  List<Verified> verify(String nameOrId) {
    follow(engine.imageReader().find(nameOrId).target());
    return levels;
  }

  /** What one level has been found to be. */
  private final class Level {
    final String name;
    final Descriptor descriptor;
    final List<String> mismatches = new ArrayList<>();

    Level(String name, Descriptor descriptor) {
      this.name = name;
      this.descriptor = descriptor;
    }

    void end() {
      levels.add(new Verified(name, descriptor.digest().toString(), mismatches));
    }

    /** The document's bytes if it is there, whatever is wrong with them. */
    Optional<byte[]> read() {
      Digest digest = descriptor.digest();
      if (!content.has(digest)) {
        mismatches.add("not in the store");
        return Optional.empty();
      }
      checkSize(content.size(digest).orElse(0L));
      try {
        content.verify(digest);
      } catch (CorruptException e) {
        mismatches.add(e.why());
      }
      try {
        return Optional.of(content.readTrusted(digest, JsonCodec.MAX_BYTES));
      } catch (InvalidException e) {
        mismatches.add(e.why());
        return Optional.empty();
      }
    }

    void checkSize(long actual) {
      if (actual != descriptor.size()) {
        mismatches.add("has " + actual + " bytes, its descriptor says " + descriptor.size());
      }
    }

    void checkMediaType(byte[] document) {
      try {
        JsonCodec.parseObject(document, "")
            .string("mediaType")
            .filter(own -> !own.equals(descriptor.mediaType()))
            .ifPresent(own ->
                mismatches.add(
                    "calls itself " + own + ", its descriptor says " + descriptor.mediaType()));
      } catch (InvalidException _) {
        // Said when it is parsed.
      }
    }
  }

  private void follow(Descriptor d) {
    if (!done.add(d.digest())) {
      return;
    }
    if (MediaTypes.isIndex(d.mediaType())) {
      index(d);
    } else {
      manifest(d);
    }
  }

  private void index(Descriptor d) {
    Level level = new Level("index", d);
    Optional<byte[]> bytes = level.read();
    List<Descriptor> next = new ArrayList<>();
    if (bytes.isPresent()) {
      level.checkMediaType(bytes.get());
      try {
        for (Descriptor m : Index.parse(bytes.get(), "").manifests()) {
          if (content.has(m.digest())) {
            next.add(m);
          }
        }
        if (next.isEmpty()) {
          level.mismatches.add("none of its manifests is in the store");
        }
      } catch (InvalidException e) {
        level.mismatches.add(e.why());
      }
    }
    level.end();
    next.forEach(this::follow);
  }

  private void manifest(Descriptor d) {
    Level level = new Level("manifest", d);
    Optional<Manifest> manifest = Optional.empty();
    Optional<byte[]> bytes = level.read();
    if (bytes.isPresent()) {
      level.checkMediaType(bytes.get());
      try {
        manifest = Optional.of(Manifest.parse(bytes.get(), ""));
      } catch (InvalidException e) {
        level.mismatches.add(e.why());
      }
    }
    level.end();
    if (manifest.isPresent()) {
      Optional<ImageConfig> config = config(manifest.get());
      layers(manifest.get(), config);
      if (config.isPresent()) {
        snapshots(d, manifest.get(), config.get());
      }
    }
  }

  private Optional<ImageConfig> config(Manifest manifest) {
    Level level = new Level("config", manifest.config());
    Optional<ImageConfig> config = Optional.empty();
    Optional<byte[]> bytes = level.read();
    if (bytes.isPresent() && MediaTypes.isConfig(manifest.config().mediaType())) {
      try {
        config = Optional.of(ImageConfig.parse(bytes.get(), ""));
      } catch (InvalidException e) {
        level.mismatches.add(e.why());
      }
    }
    int layers = manifest.layers().size();
    if (config.isPresent() && config.get().diffIds().size() != layers) {
      level.mismatches.add(
          "has " + config.get().diffIds().size() + " diffIDs, the manifest " + layers + " layers");
    }
    level.end();
    return config;
  }

  private void layers(Manifest manifest, Optional<ImageConfig> config) {
    int count = manifest.layers().size();
    for (int i = 0; i < count; i++) {
      Descriptor d = manifest.layers().get(i);
      Level level = new Level("layer " + (i + 1) + " of " + count, d);
      if (!content.has(d.digest())) {
        level.mismatches.add("not in the store");
      } else {
        StoredLayer stored = StoredLayer.read(content, d.digest(), tar -> {});
        level.checkSize(stored.size());
        if (!stored.digest().equals(d.digest())) {
          level.mismatches.add("its bytes have the digest " + stored.digest());
        }
        stored.problem().ifPresent(level.mismatches::add);
        if (level.mismatches.isEmpty()) {
          Done.report(
              engine.options().steps(),
              "verify",
              d.digest(),
              "diffID",
              stored.diffId().map(Object::toString).orElse(""));
        }
        stored.compression().ifPresent(c -> checkCompression(level, c));
        if (config.isPresent() && i < config.get().diffIds().size()) {
          checkDiffId(level, stored, config.get().diffIds().get(i));
        }
      }
      level.end();
    }
  }

  private static void checkCompression(Level level, Compression compression) {
    String type = level.descriptor.mediaType();
    boolean fits =
        switch (compression) {
          case GZIP -> type.endsWith("gzip");
          case ZSTD -> type.endsWith("zstd");
          default -> type.endsWith("tar");
        };
    if (MediaTypes.isLayer(type) && !fits) {
      level.mismatches.add("compressed by " + compression + ", its descriptor says " + type);
    }
  }

  private static void checkDiffId(Level level, StoredLayer stored, Digest diffId) {
    if (stored.diffId().isPresent() && !stored.diffId().get().equals(diffId)) {
      level.mismatches.add(
          "its diffID is " + stored.diffId().get() + ", the config says " + diffId);
    }
  }

  /** What a container would start from. */
  private void snapshots(Descriptor d, Manifest manifest, ImageConfig config) {
    String driver = engine.options().snapshotter();
    Optional<Unpacked> record = engine.unpackedRecords().find(driver, d.digest());
    if (record.isEmpty()) {
      return;
    }
    List<String> mismatches = new ArrayList<>();
    List<Digest> chain = ChainId.of(config.diffIds());
    if (!record.get().chainIds().equals(chain)) {
      mismatches.add("the record of unpacking has other chainIDs than the config gives");
    }
    if (!record.get().config().equals(manifest.config().digest())) {
      mismatches.add("the record of unpacking has another config than the manifest");
    }
    if (Phyllo.canRun()) {
      for (Digest chainId : chain) {
        Optional<SnapshotInfo> info = engine.snapshotter().find(chainId.toString());
        if (info.isEmpty() || info.get().kind() != Kind.COMMITTED) {
          mismatches.add("snapshot " + chainId + " is missing");
        } else if (!Files.isDirectory(info.get().directory())) {
          mismatches.add("snapshot " + chainId + " has no directory " + info.get().directory());
        }
      }
    }
    String last = chain.isEmpty() ? "" : chain.getLast().toString();
    levels.add(new Verified("snapshots", last, mismatches));
  }
}
