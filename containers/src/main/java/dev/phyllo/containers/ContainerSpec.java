package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;

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

  ContainerSpec withHostname(String name) {
    return new ContainerSpec(
        image, process, security, resources, storage, network.withHostname(name), life);
  }

  ContainerSpec withVolumeNames() {
    return new ContainerSpec(
        image, process, security, resources, storage.withNames(), network, life);
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
