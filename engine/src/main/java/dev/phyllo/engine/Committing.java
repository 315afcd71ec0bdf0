package dev.phyllo.engine;

import dev.phyllo.build.ConfigChanges;
import dev.phyllo.build.SourceDate;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.snapshots.Differ;
import dev.phyllo.store.Lease;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Makes an image of a container: the layers of its image, its own changes as one more, and a config
 * that starts it as it was started, changed as asked (docker commit).
 *
 * <p>A container that changed nothing gives no layer, and its line of the history says so. One that
 * runs is not paused: a file that shrinks while it is read is an error, other files are taken as
 * they are at that moment.
 */
final class Committing {
  private final Phyllo engine;

  Committing(Phyllo engine) {
    this.engine = engine;
  }

  Made commit(CommitRequest request) {
    Optional<Reference> name = request.name().map(Committing::nameOf);
    Container container = engine.containers().require(request.container());
    Roots.requireImage(container, "there is none its changes could be added to");
    ContainerSpec spec = container.spec();
    OptionalLong date = SourceDate.fromEnvironment();
    // Until the name is written nothing but the lease refers to what is made.
    try (Lease lease = engine.leases().begin()) {
      lease.protect(spec.image().manifest());
      if (!engine.content().has(spec.image().manifest())) {
        throw new NotFoundException(
            container.name(),
            "its image "
                + spec.image().name()
                + " was removed, and with it the layers below its own",
            "load or pull the image again");
      }
      Manifest manifest =
          Manifest.parse(
              engine.content().readTrusted(spec.image().manifest(), JsonCodec.MAX_BYTES),
              spec.image().manifest().toString());
      lease.protect(manifest.config().digest());
      ImageConfig base = engine.imageReader().config(manifest);
      ProcessConfig process = asStarted(spec, base.process());
      ProcessConfig changed = ConfigChanges.apply(process, request.changes());

      List<Descriptor> layers = new ArrayList<>();
      for (Descriptor layer : manifest.layers()) {
        lease.protect(layer.digest());
        layers.add(layer.asLayer(false));
      }
      List<Digest> diffIds = new ArrayList<>(base.diffIds());
      boolean empty = true;
      Optional<Differ> differ = new Comparing(engine).differ(container);
      if (differ.isPresent()) {
        Differ clamped =
            date.isPresent() ? differ.get().withLatestTime(date.getAsLong()) : differ.get();
        MakingImages.Packed packed = MakingImages.pack(engine.content().under(lease), clamped);
        if (packed.entries() > 0) {
          layers.add(packed.blob());
          diffIds.add(packed.diffId());
          empty = false;
        }
      }
      String created = MakingImages.created(date);
      List<History> history = base.wholeHistory();
      history.add(
          new History(
              Optional.of(created),
              Optional.of(String.join(" ", process.cmd())),
              request.author(),
              request.message(),
              empty,
              Json.Obj.EMPTY));
      ImageConfig config =
          new ImageConfig(
              base.platform(),
              Optional.of(created),
              request.author(),
              changed,
              diffIds,
              history,
              base.inheritedExtra());
      return MakingImages.make(engine, lease, name, config, layers);
    }
  }

  /** A name for something new. */
  static Reference nameOf(String text) {
    Reference name = Reference.parse(text);
    if (name.digest().isPresent()) {
      throw new UsageException(
          text, "a name with a digest cannot be given, only found", "write NAME:TAG");
    }
    return name;
  }

  /** What the container runs, told apart again into entrypoint and command. */
  static ProcessConfig asStarted(ContainerSpec spec, ProcessConfig image) {
    List<String> args = spec.process().args();
    List<String> entrypoint = image.entrypoint();
    List<String> cmd;
    if (args.size() >= entrypoint.size() && args.subList(0, entrypoint.size()).equals(entrypoint)) {
      cmd = args.subList(entrypoint.size(), args.size());
    } else {
      // Started with another entrypoint.
      entrypoint = args.subList(0, 1);
      cmd = args.subList(1, args.size());
    }
    boolean root = spec.process().workingDir().equals("/") && image.workingDir().isEmpty();
    return new ProcessConfig(
        spec.process().user(),
        image.exposedPorts(),
        withoutRepeats(spec.process().env()),
        entrypoint,
        cmd,
        image.volumes(),
        root ? "" : spec.process().workingDir(),
        image.labels(),
        image.stopSignal(),
        image.extra());
  }

  /** The last value of each variable, in the place of the first. */
  static List<String> withoutRepeats(List<String> env) {
    Map<String, String> byName = new LinkedHashMap<>();
    for (String assignment : env) {
      int equals = assignment.indexOf('=');
      byName.put(equals < 0 ? assignment : assignment.substring(0, equals), assignment);
    }
    return List.copyOf(byName.values());
  }
}
