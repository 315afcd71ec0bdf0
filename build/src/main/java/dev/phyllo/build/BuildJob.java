package dev.phyllo.build;

import dev.phyllo.build.copy.Times;
import dev.phyllo.build.tree.LayerIndexes;
import dev.phyllo.oci.Platform;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Lease;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all stages of one build share. */
final class BuildJob {
  private final BuildEnvironment environment;
  private final BuildRequest request;
  private final Contexts contexts;
  private final StepCache cache;
  private final Lease lease;
  private final ContentStore content;
  private final LayerIndexes indexes;
  private final Times times;
  private final Cancellation cancellation = new Cancellation();
  private final Telling telling;
  private final Secrets secrets;
  private final Map<String, Path> sshAgents;
  private final Map<String, BaseImages.Base> images = new HashMap<>();
  private @Nullable Snapshotter snapshotter;

  BuildJob(
      BuildEnvironment environment,
      BuildRequest request,
      Contexts contexts,
      StepCache cache,
      Lease lease,
      Times times) {
    this.environment = environment;
    this.request = request;
    this.contexts = contexts;
    this.cache = cache;
    this.lease = lease;
    this.content = environment.content().under(lease);
    this.times = times;
    this.indexes = new LayerIndexes(content, cache.records().trees(), environment.limits());
    this.secrets = new Secrets(request.secrets());
    this.sshAgents = Secrets.agents(request.ssh());
    this.telling = new Telling(request.progress(), cancellation);
  }

  BuildEnvironment environment() {
    return environment;
  }

  BuildRequest request() {
    return request;
  }

  Contexts contexts() {
    return contexts;
  }

  StepCache cache() {
    return cache;
  }

  Lease lease() {
    return lease;
  }

  /** The store, where everything that is made or found stays until the build ends. */
  ContentStore content() {
    return content;
  }

  /** Layers as directories; needs the kernel. */
  Snapshotter snapshots() {
    synchronized (images) {
      Snapshotter s = snapshotter;
      if (s == null) {
        s = environment.snapshotter().get();
        snapshotter = s;
      }
      return s;
    }
  }

  LayerIndexes indexes() {
    return indexes;
  }

  Times times() {
    return times;
  }

  Cancellation cancellation() {
    return cancellation;
  }

  Secrets secrets() {
    return secrets;
  }

  /** The sockets of agents, by id. */
  Map<String, Path> sshAgents() {
    return sshAgents;
  }

  Telling telling() {
    return telling;
  }

  /** When something that is made now was made. */
  String created() {
    if (times.epoch().isPresent()) {
      return SourceDate.text(times.epoch().getAsLong(), 0);
    }
    long now = System.currentTimeMillis();
    return SourceDate.text(Math.floorDiv(now, 1000L), (int) Math.floorMod(now, 1000L) * 1_000_000);
  }

  /** An image, looked for once in a build, so that all of it sees the same. */
  BaseImages.Base image(String name, Platform platform) {
    String key = platform + " " + name;
    synchronized (images) {
      BaseImages.Base known = images.get(key);
      if (known == null) {
        known = environment.images().find(name, platform, request.isPull());
        protect(known);
        images.put(key, known);
      }
      return known;
    }
  }

  /** Keeps an image from collection until the build ends. */
  void protect(BaseImages.Base base) {
    lease.protect(base.descriptor().digest());
    lease.protect(base.manifest().config().digest());
    base.manifest().layers().forEach(layer -> lease.protect(layer.digest()));
  }
}
