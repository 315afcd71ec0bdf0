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
 */
public record ContainerSpec(
    ContainerImage image,
    ProcessSpec process,
    SecuritySpec security,
    ResourceSpec resources,
    StorageSpec storage,
    NetworkSpec network) {

  ContainerSpec withHostname(String name) {
    return new ContainerSpec(
        image, process, security, resources, storage, network.withHostname(name));
  }

  ContainerSpec withVolumeNames() {
    return new ContainerSpec(image, process, security, resources, storage.withNames(), network);
  }

  static ContainerSpec fromJson(JsonObject o) {
    return new ContainerSpec(
        ContainerImage.fromJson(o.requireObject("image")),
        ProcessSpec.fromJson(o.requireObject("process")),
        SecuritySpec.fromJson(o.requireObject("security")),
        ResourceSpec.fromJson(o.requireObject("resources")),
        StorageSpec.fromJson(o.requireObject("storage")),
        NetworkSpec.fromJson(o.requireObject("network")));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("image", image.toJson())
        .put("process", process.toJson())
        .put("security", security.toJson())
        .put("resources", resources.toJson())
        .put("storage", storage.toJson())
        .put("network", network.toJson())
        .build();
  }
}
