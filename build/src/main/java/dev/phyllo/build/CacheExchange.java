package dev.phyllo.build;

import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.Batch;
import dev.phyllo.store.Image;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.transports.ImageSaver;
import dev.phyllo.transports.SaveFormat;
import dev.phyllo.transports.SaveOptions;
import dev.phyllo.transports.SavedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cache of a build outside the store ({@code --cache-to}, {@code --cache-from}): an image like
 * any other, of the layers that steps made, whose label {@value #LABEL} says which step made which.
 * So everything that copies images copies it: it goes to an OCI layout or a registry.
 */
final class CacheExchange {
  private static final String LABEL = "dev.phyllo.build.cache";
  private static final String REMEDY =
      "write a directory, type=local,dest=DIRECTORY (src= to read) or type=registry,ref=NAME";

  private final BuildJob job;

  CacheExchange(BuildJob job) {
    this.job = job;
  }

  /** A directory or a name in a registry. */
  private record Place(Optional<Path> directory, String name) {}

  private static Place parse(String option, String text) {
    if (text.indexOf('=') < 0) {
      boolean path =
          text.startsWith("/") || text.startsWith(".") || Files.isDirectory(Path.of(text));
      return path ? new Place(Optional.of(Path.of(text)), "") : new Place(Optional.empty(), text);
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      if (equals > 0) {
        fields.put(field.substring(0, equals), field.substring(equals + 1));
      }
    }
    String type = fields.getOrDefault("type", "");
    String directory = fields.getOrDefault("dest", fields.getOrDefault("src", ""));
    String name = fields.getOrDefault("ref", "");
    if (type.equals("local") && !directory.isEmpty()) {
      return new Place(Optional.of(Path.of(directory)), "");
    }
    if (type.equals("registry") && !name.isEmpty()) {
      return new Place(Optional.empty(), name);
    }
    throw new UsageException(option + " " + text, "not a place for a cache", REMEDY);
  }

  /** Writes the steps of this build. */
  void write(List<String> options) {
    if (options.isEmpty()) {
      return;
    }
    Map<Digest, StepRecord> steps = job.cache().used();
    List<Json> records = new ArrayList<>();
    Map<Digest, Layer> layers = new LinkedHashMap<>();
    for (Map.Entry<Digest, StepRecord> step : steps.entrySet()) {
      records.add(
          new JsonBuilder()
              .put("key", step.getKey().toString())
              .putAll(step.getValue().toJson())
              .build());
      step.getValue().layer().ifPresent(layer -> layers.put(layer.diffId(), layer));
    }
    String text = new String(JsonCodec.toBytes(new Json.Array(records)), StandardCharsets.UTF_8);
    ProcessConfig process =
        new ProcessConfig(
            "",
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            "",
            Map.of(LABEL, text),
            Optional.empty(),
            Json.Obj.EMPTY);
    List<Descriptor> blobs = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    for (Layer layer : layers.values()) {
      blobs.add(layer.blob().asLayer(false));
      diffIds.add(layer.diffId());
    }
    byte[] config = ImageConfig.of(Platform.host(), process, diffIds).toBytes();
    Descriptor configBlob = Descriptor.of(MediaTypes.OCI_CONFIG, config);
    byte[] manifest = Manifest.of(configBlob, blobs).toBytes();
    Descriptor target = Descriptor.of(MediaTypes.OCI_MANIFEST, manifest);
    try (Batch batch = job.content().batch()) {
      batch.ingest(configBlob, new ByteArrayInputStream(config));
      batch.ingest(target, new ByteArrayInputStream(manifest));
      batch.commit();
    }
    for (String option : options) {
      Place place = parse("--cache-to", option);
      if (place.directory().isPresent()) {
        new ImageSaver(job.content(), NioFileLocker.INSTANCE, job.environment().steps())
            .save(
                List.of(new SavedImage(List.of(Reference.parse("cache:latest")), target)),
                place.directory().get(),
                SaveOptions.of(SaveFormat.OCI_DIR));
      } else {
        push(place.name(), target);
      }
    }
  }

  /** A name is needed for as long as the push lasts. */
  private void push(String name, Descriptor target) {
    String canonical = Reference.parse(name).canonical();
    Optional<Image> before = job.environment().names().find(Reference.parse(name));
    job.environment().names().put(List.of(new Image(canonical, target)));
    try {
      job.environment().images().push(canonical);
    } finally {
      if (before.isPresent()) {
        job.environment().names().put(List.of(before.get()));
      } else {
        job.environment().names().remove(canonical);
      }
    }
  }

  /**
   * Makes known what others' builds made. What cannot be had is said, and the build goes on without
   * it.
   */
  void read(List<String> options) {
    for (String option : options) {
      Place place = parse("--cache-from", option);
      try {
        if (place.directory().isPresent()) {
          layout(place.directory().get());
        } else {
          BaseImages.Base base = fetched(place.name());
          learn(base.config(), blob -> Optional.empty(), place.name());
        }
      } catch (PhylloException e) {
        job.request().progress().warning("--cache-from " + option + ": " + e.getMessage());
      }
    }
  }

  /** A cache is nobody's image: its name does not stay. */
  private BaseImages.Base fetched(String name) {
    Reference reference = Reference.parse(name);
    boolean before = job.environment().names().find(reference).isPresent();
    BaseImages.Base base = job.environment().images().find(name, Platform.host(), true);
    job.protect(base);
    if (!before) {
      job.environment().names().remove(reference.canonical());
    }
    return base;
  }

  private void layout(Path directory) {
    Index index = Index.parse(read(directory.resolve("index.json")), "index.json");
    for (Descriptor d : index.manifests()) {
      if (!MediaTypes.isManifest(d.mediaType())) {
        continue;
      }
      Manifest manifest = Manifest.parse(read(directory, d), d.digest().toString());
      ImageConfig config =
          ImageConfig.parse(
              read(directory, manifest.config()), manifest.config().digest().toString());
      learn(config, blob -> Optional.of(blob(directory, blob)), directory.toString());
    }
  }

  private static Path blob(Path directory, Digest digest) {
    return directory.resolve("blobs").resolve(digest.algorithm().token()).resolve(digest.hex());
  }

  private static byte[] read(Path directory, Descriptor d) {
    byte[] bytes = read(blob(directory, d.digest()));
    if (!Digest.sha256(bytes).equals(d.digest())) {
      throw new InvalidException(
          d.digest().toString(),
          "damaged in " + directory,
          "remove the directory: the cache is made anew");
    }
    return bytes;
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(JsonCodec.MAX_BYTES);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new NotFoundException(
          file.toString(), "no such file", "check the path, or leave --cache-from out", e);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private void learn(ImageConfig config, StepCache.Elsewhere elsewhere, String place) {
    String text = config.process().labels().get(LABEL);
    if (text == null) {
      throw new InvalidException(place, "no cache of a build", "write it with --cache-to");
    }
    Json parsed = JsonCodec.parse(text.getBytes(StandardCharsets.UTF_8), place);
    if (parsed instanceof Json.Array records) {
      for (Json record : records.items()) {
        if (record instanceof Json.Obj o) {
          JsonObject step = new JsonObject(o, place);
          job.cache()
              .learn(Digest.parse(step.requireString("key")), StepRecord.fromJson(step), elsewhere);
        }
      }
    }
  }
}
