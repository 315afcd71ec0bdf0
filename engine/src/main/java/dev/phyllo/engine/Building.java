package dev.phyllo.engine;

import dev.phyllo.build.BaseImages;
import dev.phyllo.build.BuildEnvironment;
import dev.phyllo.build.Builds;
import dev.phyllo.containers.ContainerImage;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.LifeSpec;
import dev.phyllo.containers.ProcessSpec;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.store.Image;
import dev.phyllo.transports.registry.RegistryOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What builds get from the engine. */
final class Building implements BaseImages {
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Phyllo engine;

  private Building(Phyllo engine) {
    this.engine = engine;
  }

  static Builds of(Phyllo engine) {
    Building building = new Building(engine);
    return new Builds(
        new BuildEnvironment(
            engine.dirs(),
            engine.locks(),
            engine.content(),
            engine.names(),
            engine.unpackedRecords(),
            engine::snapshotter,
            building,
            building::spec,
            engine.options().steps(),
            engine.options().layerLimits()));
  }

  @Override
  public Base find(String name, Platform platform, boolean pull) {
    if (Images.isWholeId(name)) {
      return held(name, platform);
    }
    if (pull) {
      return pulled(name, platform, RegistryOptions.DEFAULT);
    }
    Base held;
    try {
      held = held(name, platform);
    } catch (NotFoundException _) {
      return pulled(name, platform, RegistryOptions.DEFAULT);
    }
    if (held.config().platform().architecture().isEmpty()
        || held.config().platform().matches(platform)) {
      return held;
    }
    try {
      return pulled(name, platform, RegistryOptions.DEFAULT.withRetries(2, PAUSE, PATIENCE));
    } catch (PhylloException _) {
      return held; // It may be meant: the build warns of it.
    }
  }

  /** What the store has under a name. */
  private Base held(String name, Platform platform) {
    Images images = engine.imageReader();
    Images.Chosen chosen = images.choose(images.find(name).target(), platform);
    return new Base(chosen.descriptor(), chosen.manifest(), images.config(chosen.manifest()));
  }

  /**
   * What a registry has under a name now. Layers are unpacked when something is executed in them,
   * if ever. An image of this machine's keeps its name when one for another machine comes.
   */
  private Base pulled(String name, Platform platform, RegistryOptions registry) {
    Optional<Image> before = engine.names().find(Reference.parse(name));
    engine
        .registries()
        .pull(
            PullRequest.of(name).withPlatform(platform).withRegistry(registry).withoutUnpacking());
    Base base = held(name, platform);
    if (before.isPresent() && !platform.matches(Platform.host())) {
      engine.names().put(List.of(before.get()));
    }
    return base;
  }

  @Override
  public void push(String name) {
    engine.registries().push(PushRequest.of(name));
  }

  /** What {@code run} would do with nothing else said. */
  private ContainerSpec spec(
      ContainerImage image, ProcessSpec process, Optional<String> network, List<String> hosts) {
    RunRequest request = new RunRequest(image.name(), process.args());
    request
        .network()
        .network(network.orElseGet(() -> DefaultNetwork.of(engine.options().root(), _ -> {})));
    hosts.forEach(request.network()::host);
    return new ContainerSpec(
        image,
        process,
        request.security().spec(),
        request.resources().spec(),
        request.storage().spec(List.of()),
        request.network().spec(List.of()),
        LifeSpec.DEFAULT);
  }
}
