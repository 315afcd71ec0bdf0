package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code docker save} wrote before version 25, and what skopeo, podman and buildah call {@code
 * docker-archive} (Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset
 * Format"): {@code manifest.json} lists for each image the entry of its config, its names, and the
 * entries of its layers. It has no manifest that could be kept, so one is made:
 *
 * <ul>
 *   <li>an OCI manifest without annotations, so that the same archive always gives the same digest;
 *   <li>the config byte for byte, so that its digest, docker's image ID, stays;
 *   <li>the layers as they are. Most are not compressed: their digest is then their diffID, and
 *       hashing them while they are taken verifies both.
 * </ul>
 *
 * <p>The names of entries in {@code manifest.json} are looked up among the entries of the archive
 * and are nothing else.
 */
final class DockerArchive implements ImageContents {
  private static final int MAX_TAGS = 10_000;

  private final ImageFiles files;
  private final String thing;
  private final Map<Digest, ImageFile> blobs = new HashMap<>();
  private final List<Descriptor> images = new ArrayList<>();

  private DockerArchive(ImageFiles files, String thing) {
    this.files = files;
    this.thing = thing;
  }

  static DockerArchive read(ImageFiles files, String thing, Json.Array list) {
    DockerArchive archive = new DockerArchive(files, thing);
    for (Json item : list.items()) {
      if (!(item instanceof Json.Obj o)) {
        throw new InvalidException(thing, "not a list of images", "");
      }
      archive.add(new JsonObject(o, thing + " [" + archive.images.size() + "]"));
    }
    return archive;
  }

  @Override
  public String kind() {
    return "docker-archive";
  }

  @Override
  public Index top() {
    return Index.of(images);
  }

  @Override
  public ImageFile blob(Descriptor d) {
    ImageFile file = blobs.get(d.digest());
    if (file == null) {
      throw new NotFoundException(thing, "no blob " + d.digest(), "");
    }
    return file;
  }

  private void add(JsonObject image) {
    String configName = image.requireString("Config");
    ImageFile configFile = find(configName);
    byte[] configBytes = ImageFile.read(configFile);
    Descriptor config = Descriptor.of(MediaTypes.OCI_CONFIG, configBytes);
    checkImageId(configName, configFile, config.digest());
    List<Digest> diffIds = ImageConfig.parse(configBytes, configFile.where()).diffIds();
    List<String> layerNames = image.strings("Layers");
    if (layerNames.size() != diffIds.size()) {
      throw new InvalidException(
          image.thing(),
          layerNames.size() + " layers, but the config " + configName + " has " + diffIds.size(),
          "");
    }
    List<Descriptor> layers = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      layers.add(layer(find(layerNames.get(i)), diffIds.get(i)));
    }
    byte[] manifestBytes = Manifest.of(config, layers).toBytes();
    Descriptor manifest = Descriptor.of(MediaTypes.OCI_MANIFEST, manifestBytes);
    blobs.put(config.digest(), new MemoryFile(configFile.where(), configBytes));
    blobs.put(
        manifest.digest(), new MemoryFile(thing + ": manifest of " + configName, manifestBytes));
    name(manifest, image);
  }

  private void name(Descriptor manifest, JsonObject image) {
    Set<String> tags = new LinkedHashSet<>();
    for (String tag : image.strings("RepoTags")) {
      tags.add(Reference.parse(tag).canonical());
    }
    if (images.size() + tags.size() > MAX_TAGS) {
      throw new InvalidException(thing, "more than " + MAX_TAGS + " names", "");
    }
    for (String tag : tags) {
      images.add(manifest.withAnnotations(Map.of(ImageNames.CONTAINERD_NAME, tag)));
    }
    if (tags.isEmpty()) {
      images.add(manifest);
    }
  }

  private Descriptor layer(ImageFile file, Digest diffId) {
    Descriptor layer =
        switch (Compression.detect(file.head())) {
          case NONE ->
              Descriptor.of(
                  MediaTypes.OCI_LAYER,
                  diffId.algorithm() == Digest.Algorithm.SHA256 ? diffId : file.digest(),
                  file.size());
          case GZIP -> Descriptor.of(MediaTypes.OCI_LAYER_GZIP, file.digest(), file.size());
          case ZSTD -> Descriptor.of(MediaTypes.OCI_LAYER_ZSTD, file.digest(), file.size());
        };
    blobs.put(layer.digest(), file);
    return layer;
  }

  private ImageFile find(String name) {
    String clean = name.startsWith("/") ? null : EntryPath.clean(name);
    if (clean == null || clean.isEmpty()) {
      throw new InvalidException(
          thing, "\"" + name + "\" cannot name an entry of the archive", ImageFile.MAKE_AGAIN);
    }
    ImageFile file = files.find(clean);
    if (file == null) {
      throw new NotFoundException(
          thing, "the archive has no entry " + name, "it is incomplete: save it again");
    }
    return file;
  }

  /**
   * The config is the one part of an old archive that nothing else verifies. Every tool names it by
   * its digest: as HEX.json, as sha256:HEX, or as a blob.
   */
  private static void checkImageId(String name, ImageFile file, Digest actual) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    String stem = last.endsWith(".json") ? last.substring(0, last.length() - 5) : last;
    String claimed = stem.startsWith("sha256:") ? stem : "sha256:" + stem;
    if (Digest.isValid(claimed) && !claimed.equals(actual.toString())) {
      throw new CorruptException(
          file.where(),
          "the image config has digest " + actual + ", not " + claimed,
          ImageFile.MAKE_AGAIN);
    }
  }
}
