package dev.phyllo.engine;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.Volumes;
import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.snapshots.PlainTree;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.Image;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Each thing that takes space, as {@code docker system df -v} lists them.
 *
 * @param images all images
 * @param containers all containers
 * @param volumes all volumes
 * @param steps all steps of builds that are kept
 */
public record DiskDetails(
    List<OfImage> images,
    List<OfContainer> containers,
    List<OfVolume> volumes,
    List<OfStep> steps) {

  /**
   * An image.
   *
   * @param image which
   * @param shared the bytes that other images have too
   * @param unique the bytes that go with it
   * @param containers how many containers are of it
   */
  public record OfImage(ImageSummary image, long shared, long unique, int containers) {}

  /**
   * A container.
   *
   * @param container which
   * @param size the bytes of its writable layer
   */
  public record OfContainer(Container container, long size) {}

  /**
   * A volume.
   *
   * @param volume which
   * @param links how many containers have it
   * @param size its bytes
   */
  public record OfVolume(NamedVolume volume, int links, long size) {}

  /**
   * A step of a build.
   *
   * @param id its key
   * @param text what it did
   * @param created when, as RFC 3339 text
   * @param lastUsedMillis when it was last of use, in milliseconds since 1970
   * @param size the bytes of its layer
   * @param shared whether an image has that layer
   */
  public record OfStep(
      String id, String text, String created, long lastUsedMillis, long size, boolean shared) {}

  /** Keeps copies. */
  public DiskDetails {
    images = List.copyOf(images);
    containers = List.copyOf(containers);
    volumes = List.copyOf(volumes);
    steps = List.copyOf(steps);
  }

  static DiskDetails of(Phyllo engine) {
    Map<Digest, Long> sizes = new HashMap<>();
    for (BlobInfo blob : engine.content().list()) {
      sizes.put(blob.digest(), blob.size());
    }
    List<Container> containers = Linux.isSupported() ? engine.containers().list() : List.of();
    // How many images have a blob, each counted once whatever its names.
    Map<Digest, Set<Digest>> reached = new HashMap<>();
    Map<Digest, Integer> users = new HashMap<>();
    for (Image image : engine.names().list()) {
      if (!reached.containsKey(image.target().digest())) {
        Set<Digest> blobs = blobs(engine, image.target());
        reached.put(image.target().digest(), blobs);
        blobs.forEach(blob -> users.merge(blob, 1, Integer::sum));
      }
    }
    List<OfImage> images = new ArrayList<>();
    for (ImageSummary image : engine.images()) {
      Set<Digest> blobs = reached.getOrDefault(image.target().digest(), Set.of());
      long shared = 0;
      long unique = 0;
      for (Digest blob : blobs) {
        long size = sizes.getOrDefault(blob, 0L);
        boolean alone = users.getOrDefault(blob, 0) == 1;
        shared += alone ? 0 : size;
        unique += alone ? size : 0;
      }
      int uses = 0;
      for (Container c : containers) {
        uses += blobs.contains(c.spec().image().manifest()) ? 1 : 0;
      }
      images.add(new OfImage(image, shared, unique, uses));
    }
    return new DiskDetails(
        images, containers(engine, containers), volumes(engine), steps(engine, users, sizes));
  }

  private static Set<Digest> blobs(Phyllo engine, Descriptor target) {
    Reach reach = new Reach(engine.content());
    try {
      reach.follow(target);
    } catch (CorruptException _) {
      // What was reached counts; doctor says what is wrong.
    }
    return new HashSet<>(reach.blobs());
  }

  private static List<OfContainer> containers(Phyllo engine, List<Container> containers) {
    List<OfContainer> rows = new ArrayList<>();
    for (Container c : containers) {
      long size;
      try {
        size = engine.snapshotter().usage(c.id()).bytes();
      } catch (NotFoundException _) {
        size = 0; // not started yet, or gone a moment ago
      }
      rows.add(new OfContainer(c, size));
    }
    return rows;
  }

  private static List<OfVolume> volumes(Phyllo engine) {
    List<OfVolume> rows = new ArrayList<>();
    if (Linux.isSupported()) {
      Volumes volumes = engine.containers().volumes();
      for (NamedVolume v : volumes.list()) {
        int links = volumes.users(v.name()).size();
        rows.add(new OfVolume(v, links, PlainTree.usage(v.data()).bytes()));
      }
    }
    return rows;
  }

  private static List<OfStep> steps(
      Phyllo engine, Map<Digest, Integer> users, Map<Digest, Long> sizes) {
    BuildCache cache = new BuildCache(engine.dirs());
    List<OfStep> rows = new ArrayList<>();
    for (Map.Entry<String, StepRecord> step : cache.steps().entrySet()) {
      StepRecord record = step.getValue();
      Digest blob = record.blob().map(Descriptor::digest).orElse(null);
      long size = blob == null ? 0 : sizes.getOrDefault(blob, 0L);
      boolean shared = blob != null && users.containsKey(blob);
      rows.add(
          new OfStep(
              step.getKey(),
              record.text(),
              record.created(),
              cache.lastUsed(step.getKey()),
              size,
              shared));
    }
    rows.sort((a, b) -> Long.compare(b.lastUsedMillis(), a.lastUsedMillis()));
    return rows;
  }
}
