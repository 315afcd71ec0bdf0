package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.engine.ImageDetails;
import dev.phyllo.engine.LayerInfo;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.transports.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code inspect}: everything about images, containers, volumes and networks, with docker's field
 * names. A name that several have is a container's before an image's, a volume's and a network's.
 */
final class InspectCommand implements Command {
  private static final List<String> KINDS = List.of("container", "image", "volume", "network");

  InspectCommand() {}

  @Override
  public Syntax syntax() {
    return RemoteInspect.options(
            Format.optionOfInspect(
                new Syntax(
                        "inspect [OPTIONS] IMAGE|CONTAINER|VOLUME|NETWORK|PLACE...",
                        "Show everything about an image or container, as JSON")
                    .value(null, "type", "KIND", "Only a container, image, volume or network")))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo inspect busybox")
        .example("phyllo inspect --format '{{json .Config.Env}}' busybox")
        .example("phyllo inspect --format '{{.GraphDriver.Data.UpperDir}}' my-container")
        .example("phyllo inspect docker://busybox");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    if (Place.isPlace(arguments.words().getFirst())) {
      return RemoteInspect.run(arguments, session);
    }
    RemoteInspect.refuseOptions(arguments);
    String type = arguments.value("type").orElse("");
    if (!type.isEmpty() && !KINDS.contains(type)) {
      throw new UsageException(
          "--type " + type, "no such kind of object", "use one of " + String.join(", ", KINDS));
    }
    List<Json.Obj> found = new ArrayList<>();
    for (String name : arguments.words()) {
      found.add(inspect(name, type, session.engine()));
    }
    Format.objects(arguments, found, session);
    return 0;
  }

  /**
   * @param type of which kind it must be; empty for any
   */
  private static Json.Obj inspect(String name, String type, Phyllo engine) {
    boolean any = type.isEmpty();
    if ((any || type.equals("container")) && Phyllo.canRun()) {
      Optional<Container> container = engine.containers().find(name);
      if (container.isPresent()) {
        return InspectContainer.of(container.get(), engine);
      }
    }
    if (any || type.equals("image")) {
      try {
        ImageDetails image = engine.image(name);
        return image(image, engine.layers(name), engine.options().snapshotter());
      } catch (NotFoundException _) {
        // It may be of another kind.
      }
    }
    if ((any || type.equals("volume")) && Phyllo.canRun()) {
      Optional<NamedVolume> volume = engine.containers().volumes().find(name);
      if (volume.isPresent()) {
        return VolumeCommand.inspected(volume.get());
      }
    }
    if ((any || type.equals("network")) && Phyllo.canRun()) {
      try {
        return NetworkCommand.inspected(name, engine.networks());
      } catch (NotFoundException _) {
        // Then it is of none.
      }
    }
    throw any
        ? new NotFoundException(
            name,
            "no such image, container, volume or network",
            "phyllo images, ps -a, volume ls and network ls list them")
        : new NotFoundException(
            name,
            "no such " + type,
            switch (type) {
              case "container" -> "phyllo ps -a lists them";
              case "image" -> "phyllo images lists them; phyllo load brings one in";
              default -> "phyllo " + type + " ls lists them";
            });
  }

  private static Json.Obj image(ImageDetails image, List<LayerInfo> layers, String driver) {
    List<String> repoDigests = new ArrayList<>();
    List<String> repoTags = new ArrayList<>();
    for (String name : image.names()) {
      Reference reference = Reference.parse(name);
      repoTags.add(reference.familiar());
      String byDigest = reference.familiarRepository() + "@" + image.target().digest();
      if (!repoDigests.contains(byDigest)) {
        repoDigests.add(byDigest);
      }
    }
    List<String> diffIds = new ArrayList<>();
    for (Digest diffId : image.config().diffIds()) {
      diffIds.add(diffId.toString());
    }
    List<String> chainIds = new ArrayList<>();
    for (Digest chainId : image.chainIds()) {
      chainIds.add(chainId.toString());
    }
    JsonBuilder b =
        new JsonBuilder()
            .put("Id", image.id().toString())
            .put("RepoTags", JsonBuilder.array(repoTags))
            .put("RepoDigests", JsonBuilder.array(repoDigests))
            .put("Digest", image.target().digest().toString())
            .put("Created", image.config().created().orElse(""))
            .put("Author", image.config().author().orElse(""))
            .put("Architecture", image.config().platform().architecture())
            .putIfPresent("Variant", image.config().platform().variant())
            .put("Os", image.config().platform().os())
            .put("Size", image.size())
            .put("GraphDriver", graphDriver(driver, layers))
            .put(
                "RootFS",
                new JsonBuilder()
                    .put("Type", "layers")
                    .put("Layers", JsonBuilder.array(diffIds))
                    .put("ChainIDs", JsonBuilder.array(chainIds))
                    .build())
            .put("Descriptor", image.manifestDescriptor().toJson())
            .put("Manifest", image.manifest().toJson())
            .put("Config", image.config().process().toJson());
    List<Json> history = new ArrayList<>();
    image.config().history().forEach(h -> history.add(h.toJson()));
    return b.put("History", new Json.Array(history)).build();
  }

  /** An image's layers as overlayfs would stack them, in docker's words. */
  private static Json.Obj graphDriver(String driver, List<LayerInfo> layers) {
    String upper = "";
    StringBuilder lower = new StringBuilder();
    for (LayerInfo layer : layers.reversed()) {
      if (layer.directory().isPresent()) {
        String dir = layer.directory().get().toString();
        if (upper.isEmpty()) {
          upper = dir;
        } else {
          lower.append(lower.isEmpty() ? "" : ":").append(dir);
        }
      }
    }
    JsonBuilder data = new JsonBuilder();
    if (!lower.isEmpty()) {
      data.put("LowerDir", lower.toString());
    }
    if (!upper.isEmpty()) {
      data.put("UpperDir", upper);
    }
    return new JsonBuilder().put("Name", driver).put("Data", data.build()).build();
  }
}
