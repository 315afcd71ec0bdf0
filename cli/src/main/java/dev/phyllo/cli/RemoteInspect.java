package dev.phyllo.cli;

import dev.phyllo.engine.RemoteImage;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.transports.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code inspect} of an image in another place than the store, with skopeo's field names. */
final class RemoteInspect {
  private RemoteInspect() {}

  /** Adds what only such images have. */
  static Syntax options(Syntax syntax) {
    return RegistryFlags.add(
        syntax
            .flag(null, "raw", "Print a place's manifest or index as it is")
            .flag(null, "config", "Print a place's image config as it is")
            .flag(null, "no-tags", "Do not ask for the repository's other tags")
            .value(null, "platform", "OS/ARCH", "Look at the image for this platform"));
  }

  /** Refuses options that mean nothing for what is in the store. */
  static void refuseOptions(Arguments arguments) {
    for (String name : List.of("raw", "config", "no-tags", "platform")) {
      if (arguments.has(name)) {
        throw new UsageException(
            "inspect --" + name,
            "only for an image in another place",
            "write docker://NAME or oci:./DIR");
      }
    }
  }

  /** Prints what the places say. */
  static int run(Arguments arguments, Session session) {
    List<Json.Obj> found = new ArrayList<>();
    Optional<Platform> platform = arguments.value("platform").map(Platform::parse);
    boolean plain = arguments.has("raw") || arguments.has("config");
    for (String word : arguments.words()) {
      if (!Place.isPlace(word)) {
        throw new UsageException(
            word, "a name in the store among other places", "inspect it alone");
      }
      RemoteImage image =
          session
              .engine()
              .registries()
              .inspect(
                  Place.parse(word),
                  platform,
                  !plain && !arguments.has("no-tags"),
                  RegistryFlags.options(arguments));
      if (arguments.has("raw")) {
        session.print(image.targetBytes());
      } else if (arguments.has("config")) {
        session.println(JsonCodec.toPretty(image.config().orElse(Json.Obj.EMPTY)));
      } else {
        found.add(shown(image));
      }
    }
    if (!plain) {
      Format.objects(arguments, found, session);
    }
    return 0;
  }

  private static Json.Obj shown(RemoteImage image) {
    List<String> layers = new ArrayList<>();
    List<Json> data = new ArrayList<>();
    long size = 0;
    for (Descriptor layer : image.layers()) {
      layers.add(layer.digest().toString());
      size += layer.size();
      data.add(
          new JsonBuilder()
              .put("MIMEType", layer.mediaType())
              .put("Digest", layer.digest().toString())
              .put("Size", layer.size())
              .build());
    }
    JsonObject config = new JsonObject(image.config().orElse(Json.Obj.EMPTY), image.name());
    Optional<JsonObject> process = config.object("config");
    return new JsonBuilder()
        .put("Name", image.name())
        .put("Digest", image.target().digest().toString())
        .put("MediaType", image.target().mediaType())
        .put("ManifestDigest", image.manifest().digest().toString())
        .put("RepoTags", JsonBuilder.array(image.tags()))
        .put("Created", config.string("created").orElse(""))
        .put("Labels", process.map(p -> new Json.Obj(labels(p))).orElse(Json.Obj.EMPTY))
        .put("Architecture", config.string("architecture").orElse(""))
        .put("Os", config.string("os").orElse(""))
        .put("Layers", JsonBuilder.array(layers))
        .put("LayersData", new Json.Array(data))
        .put("Size", size)
        .put("Env", JsonBuilder.array(process.map(p -> p.strings("Env")).orElse(List.of())))
        .build();
  }

  private static java.util.Map<String, Json> labels(JsonObject process) {
    java.util.Map<String, Json> labels = new java.util.LinkedHashMap<>();
    process.stringMap("Labels").forEach((name, value) -> labels.put(name, new Json.Text(value)));
    return labels;
  }
}
