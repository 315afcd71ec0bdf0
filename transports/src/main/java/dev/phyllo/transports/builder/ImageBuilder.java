package dev.phyllo.transports.builder;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.transports.CopyOptions;
import dev.phyllo.transports.ImageCopy;
import dev.phyllo.transports.ImageDestination;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.PlatformImage;
import dev.phyllo.transports.registry.RegistryClient;
import dev.phyllo.transports.registry.RegistryDestination;
import dev.phyllo.transports.registry.RegistryOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Makes an image of directories, without a daemon, a Containerfile, root or Linux. A Java
 * application whose dependencies change seldom and whose classes change often:
 *
 * <pre>{@code
 * try (ImageBuilder image = ImageBuilder.from(base, Platform.parse("linux/amd64"))) {
 *   image.layer(Path.of("target/libs"), "/app/libs").layer(Path.of("src/main/resources"), "/app/resources");
 *   image.layer(Path.of("target/classes"), "/app/classes");
 *   image.entrypoint("java", "-cp", "/app/resources:/app/classes:/app/libs/*", "com.example.Main");
 *   image.push(Reference.parse("registry.example.com/app:1"), RegistryOptions.DEFAULT);
 * }
 * }</pre>
 *
 * <p>The same directories make the same digests, on any machine at any time: entries are sorted,
 * owned by root and dated 1970 (or {@link #epochSeconds}). What the registry has, the base's layers
 * above all, is not sent. {@link ImageCopy} takes {@link #build} to any other place.
 */
public final class ImageBuilder implements AutoCloseable {
  private final Optional<ImageSource> base;
  private final List<Descriptor> layers = new ArrayList<>();
  private final List<Digest> diffIds = new ArrayList<>();
  private final List<History> history = new ArrayList<>();
  private final Map<Digest, Path> files = new HashMap<>();
  private final Map<String, String> annotations = new java.util.LinkedHashMap<>();
  private ImageConfig config;
  private long epochSeconds;
  private Compression compression = Compression.GZIP;

  private ImageBuilder(Optional<ImageSource> base, ImageConfig config) {
    this.base = base;
    this.config = config;
  }

  /** An image with nothing in it. */
  public static ImageBuilder scratch(Platform platform) {
    return new ImageBuilder(
        Optional.empty(), ImageConfig.of(platform, ProcessConfig.EMPTY, List.of()));
  }

  /**
   * An image on top of another.
   *
   * @param base the other, which has to stay open; it is not copied before this is pushed
   * @param platform which one, if it is an index
   */
  public static ImageBuilder from(ImageSource base, Platform platform) {
    Descriptor chosen = PlatformImage.choose(base, Optional.of(platform));
    Manifest manifest = Manifest.parse(base.document(chosen), chosen.digest().toString());
    ImageConfig config =
        ImageConfig.parse(base.document(manifest.config()), manifest.config().digest().toString());
    ImageBuilder builder = new ImageBuilder(Optional.of(base), config);
    for (Descriptor layer : manifest.layers()) {
      // The manifest that is made is OCI's, whose layers are called otherwise than Docker's.
      builder.layers.add(
          Descriptor.of(layer.asLayer(false).mediaType(), layer.digest(), layer.size()));
    }
    builder.diffIds.addAll(config.diffIds());
    builder.history.addAll(config.history());
    return builder;
  }

  /** The time of what is added from now on, in seconds since 1970; 0 unless said. */
  public ImageBuilder epochSeconds(long seconds) {
    epochSeconds = seconds;
    return this;
  }

  /** How layers that are added from now on are compressed; gzip unless said. */
  public ImageBuilder compression(Compression other) {
    compression = other;
    return this;
  }

  /**
   * Adds a directory, with all in it, or a file as a layer.
   *
   * @param target where it is in the image
   * @throws dev.phyllo.oci.NotFoundException if it is not there
   */
  public ImageBuilder layer(Path source, String target) {
    DirectoryLayer layer = DirectoryLayer.pack(source, target, compression, epochSeconds);
    Path before = files.put(layer.descriptor().digest(), layer.file());
    if (before != null) {
      delete(before);
    }
    layers.add(layer.descriptor());
    diffIds.add(layer.diffId());
    history.add(
        new History(
            Optional.of(Instant.ofEpochSecond(epochSeconds).toString()),
            Optional.of("phyllo layer " + target),
            Optional.empty(),
            Optional.empty(),
            false,
            Json.Obj.EMPTY));
    return this;
  }

  /** Changes how the image is run. */
  public ImageBuilder process(UnaryOperator<ProcessConfig> change) {
    config =
        new ImageConfig(
            config.platform(),
            config.created(),
            config.author(),
            change.apply(config.process()),
            config.diffIds(),
            config.history(),
            config.extra());
    return this;
  }

  /** The program and its fixed arguments; a command of the base is dropped. */
  public ImageBuilder entrypoint(String... words) {
    return process(p -> p.withEntrypoint(List.of(words)).withCmd(List.of()));
  }

  /** The arguments that whoever runs the image may replace. */
  public ImageBuilder cmd(String... words) {
    return process(p -> p.withCmd(List.of(words)));
  }

  /** A variable of the environment, replacing one of the same name. */
  public ImageBuilder env(String name, String value) {
    return process(p -> {
      List<String> env = new ArrayList<>(p.env());
      env.removeIf(entry -> entry.startsWith(name + "="));
      env.add(name + "=" + value);
      return p.withEnv(env);
    });
  }

  /** An annotation of the manifest. */
  public ImageBuilder annotation(String name, String value) {
    annotations.put(name, value);
    return this;
  }

  /** The image as it is now, to be copied anywhere while this is open. */
  public ImageSource build() {
    ImageConfig complete =
        new ImageConfig(
            config.platform(),
            Optional.of(Instant.ofEpochSecond(epochSeconds).toString()),
            config.author(),
            config.process(),
            diffIds,
            history,
            config.extra());
    byte[] configBytes = complete.toBytes();
    Descriptor configDescriptor = Descriptor.of(MediaTypes.OCI_CONFIG, configBytes);
    Manifest plain = Manifest.of(configDescriptor, layers);
    byte[] manifest =
        new Manifest(
                plain.mediaType(),
                plain.config(),
                plain.layers(),
                annotations,
                plain.subject(),
                plain.artifactType(),
                plain.extra())
            .toBytes();
    return new Built(
        Descriptor.of(MediaTypes.OCI_MANIFEST, manifest),
        Map.of(configDescriptor.digest(), configBytes, Digest.sha256(manifest), manifest),
        Map.copyOf(files),
        base);
  }

  /**
   * Sends the image to a registry.
   *
   * @return what names it there
   */
  public Descriptor push(Reference reference, RegistryOptions options) {
    try (RegistryClient client = RegistryClient.open(options);
        ImageDestination registry = new RegistryDestination(client, reference)) {
      return copyTo(registry);
    }
  }

  /**
   * Sends the image to any place.
   *
   * @return what names it there
   */
  public Descriptor copyTo(ImageDestination place) {
    return ImageCopy.copy(build(), place, CopyOptions.DEFAULT).target();
  }

  /** Removes the layers that were packed. */
  @Override
  public void close() {
    files.values().forEach(ImageBuilder::delete);
    files.clear();
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // In the directory for temporary files.
    }
  }

  private record Built(
      Descriptor target,
      Map<Digest, byte[]> documents,
      Map<Digest, Path> files,
      Optional<ImageSource> base)
      implements ImageSource {

    @Override
    public String thing() {
      return "the image that is built";
    }

    @Override
    public byte[] document(Descriptor descriptor) {
      byte[] bytes = documents.get(descriptor.digest());
      if (bytes == null) {
        throw new IllegalArgumentException("no document of it: " + descriptor.digest());
      }
      return bytes;
    }

    @Override
    public InputStream blob(Descriptor descriptor, long offset) {
      byte[] bytes = documents.get(descriptor.digest());
      if (bytes != null) {
        return new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
      }
      Path file = files.get(descriptor.digest());
      if (file == null) {
        return base.orElseThrow().blob(descriptor, offset);
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
    public List<Reference> alsoIn(Descriptor blob, String registry) {
      return base.isPresent() && !files.containsKey(blob.digest())
          ? base.get().alsoIn(blob, registry)
          : List.of();
    }

    @Override
    public void close() {
      // The builder owns what there is.
    }
  }
}
