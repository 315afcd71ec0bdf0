package dev.phyllo.engine;

import dev.phyllo.build.BaseImages;
import dev.phyllo.build.BuildEnvironment;
import dev.phyllo.build.Builds;
import dev.phyllo.containers.ContainerImage;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.LifeSpec;
import dev.phyllo.containers.ProcessSpec;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import java.util.List;
import java.util.Optional;

/** What builds get from the engine. */
final class Building implements BaseImages {
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
    Images images = engine.imageReader();
    if (pull) {
      pull(name, platform);
    }
    Images.Chosen chosen;
    try {
      chosen = images.choose(images.find(name).target(), platform);
    } catch (NotFoundException e) {
      if (pull || Images.isWholeId(name)) {
        throw e;
      }
      pull(name, platform);
      chosen = images.choose(images.find(name).target(), platform);
    }
    return new Base(chosen.descriptor(), chosen.manifest(), images.config(chosen.manifest()));
  }

  @Override
  public void push(String name) {
    engine.registries().push(PushRequest.of(name));
  }

  /** Layers are unpacked when something is executed in them, if ever. */
  private void pull(String name, Platform platform) {
    engine.registries().pull(PullRequest.of(name).withPlatform(platform).withoutUnpacking());
  }

  /** What {@code run} would do with nothing else said. */
  private ContainerSpec spec(ContainerImage image, ProcessSpec process, Optional<String> network) {
    RunRequest request = new RunRequest(image.name(), process.args());
    request
        .network()
        .network(network.orElseGet(() -> DefaultNetwork.of(engine.options().root(), _ -> {})));
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
