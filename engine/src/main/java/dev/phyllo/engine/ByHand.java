package dev.phyllo.engine;

import dev.phyllo.build.SourceDate;
import dev.phyllo.engine.pack.Pack;
import dev.phyllo.engine.pack.PackedTree;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.HashingInputStream;
import dev.phyllo.layers.KeptOpen;
import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.Work;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.snapshots.TreeArchive;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Ingest;
import dev.phyllo.store.Lease;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.transports.LayoutWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Makes images by hand: trees become layers, layers a layout, programs of this machine an image.
 */
public final class ByHand {
  private static final Digest.Algorithm SHA256 = Digest.Algorithm.SHA256;

  private final Phyllo engine;

  ByHand(Phyllo engine) {
    this.engine = engine;
  }

  /**
   * Makes a layer of a directory: the archive that {@code tar --sort=name --numeric-owner -C DIR -c
   * .} makes, so that the same tree has the same diffID with either. Only where files have extended
   * attributes, which GNU tar would leave out, the archive is a PAX one.
   */
  public LayerFile createLayer(LayerRequest request) {
    Linux.require();
    Path directory = request.directory();
    if (!Files.isDirectory(directory)) {
      throw new NotFoundException(directory.toString(), "no such directory", "name a directory");
    }
    Path output = request.output().toAbsolutePath();
    Path parent = output.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new NotFoundException(
          request.output().toString(), "there is no such directory to write to", "make it first");
    }
    TarWriter.Format format =
        TreeArchive.hasAttributes(directory) ? TarWriter.Format.PAX : TarWriter.Format.GNU;
    Path temporary = parent.resolve(".phyllo-layer-" + Long.toHexString(System.nanoTime()));
    MessageDigest archive = SHA256.newMessageDigest();
    MessageDigest blob = SHA256.newMessageDigest();
    long entries;
    long size;
    try {
      try (Work work =
              engine.options().steps().begin(Work.Kind.PACK, directory.toString(), Work.UNKNOWN);
          FileChannel file =
              FileChannel.open(
                  temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        OutputStream compressed =
            request
                .compression()
                .compress(new DigestOutputStream(Channels.newOutputStream(file), blob));
        Counted counted = new Counted();
        OutputStream out = work.count(new DigestOutputStream(counted.around(compressed), archive));
        TarWriter tar = new TarWriter(out, format);
        entries = TreeArchive.write(directory, tar, entry -> edited(entry, request));
        tar.finish();
        out.flush();
        compressed.close();
        size = counted.count;
        work.done();
      }
      long length;
      try (FileChannel file = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        file.force(true);
        length = file.size();
      }
      DurableFiles.moveIntoPlace(temporary, output);
      DurableFiles.syncDirectory(parent);
      Done.report(engine.options().steps(), "pack", directory, "entries", Long.toString(entries));
      Done.report(engine.options().steps(), "write", request.output(), "size", length);
      return new LayerFile(
          request.output(),
          Descriptor.of(
              request.compression().layerMediaType(), Digest.of(SHA256, blob.digest()), length),
          Digest.of(SHA256, archive.digest()),
          size,
          entries);
    } catch (IOException e) {
      throw new SystemException(request.output().toString(), e);
    } finally {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException _) {
        // The reason why it is still there is being thrown.
      }
    }
  }

  private static TarEntry edited(TarEntry entry, LayerRequest request) {
    TarEntry.Builder edited = entry.toBuilder();
    request.time().ifPresent(seconds -> edited.mtime(seconds, 0));
    request.owner().ifPresent(owner -> edited.owner(owner.uid(), owner.gid()));
    return edited.build();
  }

  /**
   * Reads a layer file to its end: its digest, its diffID, and whether it is an archive at all.
   *
   * @throws InvalidException if it is not
   */
  public LayerFile readLayer(Path file) {
    try (HashingInputStream in = new HashingInputStream(open(file), SHA256)) {
      LayerReader layer =
          LayerReader.open(new KeptOpen(in), engine.options().layerLimits(), file.toString());
      long entries = 0;
      while (layer.tar().next() != null) {
        entries++;
      }
      Digest diffId = layer.finish();
      Compression compression = layer.compression();
      in.transferTo(OutputStream.nullOutputStream());
      return new LayerFile(
          file,
          Descriptor.of(compression.layerMediaType(), in.digest(), in.count()),
          diffId,
          layer.uncompressedSize(),
          entries);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static InputStream open(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NotFoundException(
          file.toString(), "no such file", "phyllo layer create makes one of a directory");
    }
    return Files.newInputStream(file);
  }

  /**
   * Puts an image together from layer files.
   *
   * @return its manifest
   */
  public Descriptor createLayout(LayoutRequest request) {
    List<LayerFile> layers = new ArrayList<>();
    for (Path layer : request.layers()) {
      layers.add(readLayer(layer));
    }
    ImageConfig config = config(request, layers);
    byte[] configBytes = config.toBytes();
    Descriptor configBlob = Descriptor.of(MediaTypes.OCI_CONFIG, configBytes);
    Manifest manifest =
        MakingImages.manifest(
            configBlob, layers.stream().map(LayerFile::blob).toList(), request.annotations());
    byte[] manifestBytes = manifest.toBytes();
    Descriptor target =
        Descriptor.of(MediaTypes.OCI_MANIFEST, manifestBytes).withPlatform(config.platform());
    FileLocker locker = Linux.isSupported() ? new OfdFileLocker() : NioFileLocker.INSTANCE;
    LayoutWriter writer = new LayoutWriter(request.directory(), locker, engine.options().steps());
    for (LayerFile layer : layers) {
      writer.blob(layer.blob(), layer.file());
    }
    writer.blob(configBlob, configBytes).blob(target, manifestBytes);
    writer.write(target, request.refName());
    return target;
  }

  private static ImageConfig config(LayoutRequest request, List<LayerFile> layers) {
    List<Digest> diffIds = layers.stream().map(LayerFile::diffId).toList();
    ImageConfig from =
        request.config().isPresent()
            ? given(request.config().get(), diffIds)
            : ImageConfig.of(Platform.host(), ProcessConfig.EMPTY, diffIds);
    OptionalLong date = SourceDate.fromEnvironment();
    Optional<String> created =
        date.isPresent() ? Optional.of(MakingImages.created(date)) : from.created();
    List<History> history = new ArrayList<>(from.history());
    if (history.isEmpty()) {
      for (LayerFile layer : layers) {
        history.add(madeBy("layer " + layer.file().getFileName(), created));
      }
    }
    return new ImageConfig(
        request.platform().orElse(from.platform()),
        created,
        from.author(),
        request.edit().applyTo(from.process()),
        diffIds,
        history,
        from.extra());
  }

  /** A config as somebody wrote it; what it says of the layers must be so. */
  private static ImageConfig given(byte[] json, List<Digest> diffIds) {
    String thing = "the config";
    JsonObject object = JsonCodec.parseObject(json, thing);
    if (!object.has("rootfs")) {
      Map<String, Json> members = new LinkedHashMap<>(object.value().members());
      members.put(
          "rootfs",
          new JsonBuilder()
              .put("type", "layers")
              .put("diff_ids", JsonBuilder.array(diffIds.stream().map(Digest::toString).toList()))
              .build());
      return ImageConfig.parse(JsonCodec.toBytes(new Json.Obj(members)), thing);
    }
    ImageConfig config = ImageConfig.parse(json, thing);
    if (!config.diffIds().isEmpty() && !config.diffIds().equals(diffIds)) {
      throw new InvalidException(
          thing,
          "its rootfs.diff_ids are " + config.diffIds() + ", those of the layers " + diffIds,
          "correct them, or leave rootfs out to have them filled in");
    }
    return config;
  }

  static History madeBy(String instruction, Optional<String> created) {
    return new History(
        created,
        Optional.of(instruction),
        Optional.empty(),
        Optional.empty(),
        false,
        Json.Obj.EMPTY);
  }

  /**
   * Makes an image of programs of this machine, with the libraries and the loader that they need.
   *
   * @param programs absolute paths
   * @param files more files of this machine, by the path they get
   * @param edit the config; without one the first program is what runs
   */
  public Made pack(List<Path> programs, Map<String, Path> files, ConfigEdit edit, String name) {
    Reference reference = Committing.nameOf(name);
    long seconds = SourceDate.fromEnvironment().orElse(PackedTree.DEFAULT_TIME);
    PackedTree tree = Pack.programs(programs);
    files.forEach(tree::file);
    MessageDigest hash = SHA256.newMessageDigest();
    try (Lease lease = engine.leases().begin();
        Ingest ingest = engine.content().under(lease).begin(SHA256)) {
      try (OutputStream compressed = Compression.GZIP.compress(ingest.out())) {
        tree.writeTo(new DigestOutputStream(compressed, hash), seconds);
      }
      Descriptor blob =
          ingest.commit(Compression.GZIP.layerMediaType(), Optional.empty(), Optional.empty());
      Optional<String> created = Optional.of(MakingImages.created(OptionalLong.of(seconds)));
      List<String> shown = programs.stream().map(Path::toString).toList();
      ConfigEdit run =
          edit.entrypoint().isEmpty() && edit.cmd().isEmpty()
              ? new ConfigEdit(
                  edit.entrypoint(),
                  Optional.of(List.of(shown.getFirst())),
                  edit.env(),
                  edit.labels(),
                  edit.workingDir(),
                  edit.user(),
                  edit.instructions())
              : edit;
      ImageConfig config =
          new ImageConfig(
              Platform.host(),
              created,
              Optional.empty(),
              run.applyTo(ProcessConfig.EMPTY),
              List.of(Digest.of(SHA256, hash.digest())),
              List.of(madeBy("pack " + String.join(" ", shown), created)),
              Json.Obj.EMPTY);
      return MakingImages.name(
          engine, lease, Optional.of(reference), config, List.of(blob), Map.of());
    } catch (IOException e) {
      throw new SystemException(programs.getFirst().toString(), e);
    }
  }

  /** Counts the bytes of the archive before they are compressed. */
  private static final class Counted {
    private long count;

    OutputStream around(OutputStream out) {
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          out.write(b);
          count++;
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
          out.write(from, offset, length);
          count += length;
        }

        @Override
        public void flush() throws IOException {
          out.flush();
        }
      };
    }
  }
}
