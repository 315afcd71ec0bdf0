package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that decides how a container starts, with the image's defaults already merged in: what
 * a container's record keeps, and what its launch plan is made from.
 *
 * @param image what it was made from
 * @param process what it runs
 * @param security what that may ask of the kernel
 * @param resources how much of the machine it may use
 * @param storage its files beyond the image's
 * @param network what it sees of the network
 * @param life how it lives and ends
 */
public record ContainerSpec(
    ContainerImage image,
    ProcessSpec process,
    SecuritySpec security,
    ResourceSpec resources,
    StorageSpec storage,
    NetworkSpec network,
    LifeSpec life) {
  /** Docker's place for an init in the container. */
  private static final String INIT = "/sbin/docker-init";

  ContainerSpec withHostname(String name) {
    return new ContainerSpec(
        image, process, security, resources, storage, network.withHostname(name), life);
  }

  ContainerSpec withEndpoints(List<Endpoint> endpoints) {
    return new ContainerSpec(
        image, process, security, resources, storage, network.withEndpoints(endpoints), life);
  }

  ContainerSpec withVolumeNames() {
    return new ContainerSpec(
        image, process, security, resources, storage.withNames(), network, life);
  }

  /** The same with other limits, living otherwise. */
  ContainerSpec with(ResourceSpec newResources, LifeSpec newLife) {
    return new ContainerSpec(image, process, security, newResources, storage, network, newLife);
  }

  /** The same for one more process. */
  ContainerSpec with(ProcessSpec other, boolean privileged) {
    return new ContainerSpec(
        image,
        other,
        privileged ? security.withEverything() : security,
        resources,
        storage,
        network,
        life);
  }

  /** What is started: with an init that is the first process, and its file among the volumes. */
  ContainerSpec asStarted() {
    if (life.init().isEmpty()) {
      return this;
    }
    List<String> args = new ArrayList<>(List.of(INIT, "--"));
    args.addAll(process.args());
    List<Volume> volumes = new ArrayList<>(storage.volumes());
    volumes.add(Volume.parse(life.init() + ":" + INIT + ":ro"));
    return new ContainerSpec(
        image,
        process.withArgs(args),
        security,
        resources,
        new StorageSpec(storage.readOnlyRoot(), volumes, storage.root()),
        network,
        life);
  }

  static ContainerSpec fromJson(JsonObject o) {
    return new ContainerSpec(
        ContainerImage.fromJson(o.requireObject("image")),
        ProcessSpec.fromJson(o.requireObject("process")),
        SecuritySpec.fromJson(o.requireObject("security")),
        ResourceSpec.fromJson(o.requireObject("resources")),
        StorageSpec.fromJson(o.requireObject("storage")),
        NetworkSpec.fromJson(o.requireObject("network")),
        LifeSpec.fromJson(o.object("life")));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("image", image.toJson())
        .put("process", process.toJson())
        .put("security", security.toJson())
        .put("resources", resources.toJson())
        .put("storage", storage.toJson())
        .put("network", network.toJson())
        .put("life", life.toJson())
        .build();
  }
}
