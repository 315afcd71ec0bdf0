package dev.phyllo.containers;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that decides how a container starts, with the image's defaults already merged in: what
 * a container's record keeps, and what its launch plan is made from.
 *
 * @param image the image's name as the user knows it
 * @param manifest the digest of the image's manifest
 * @param config the digest of the image's config, which docker calls the image's id
 * @param chainId the snapshot the writable layer stands on; empty for an image without layers
 * @param args the command and its arguments, never empty
 * @param env {@code NAME=value}, in order, without repeated names
 * @param workingDir an absolute path in the container, made if missing
 * @param user {@code user[:group]} by name or number; empty for root
 * @param hostname the host name in the container's UTS namespace
 * @param network what it sees of the network
 * @param readOnlyRoot whether the root is mounted read-only
 * @param volumes directories and files of the host inside it
 * @param stdin whether standard input is passed through; otherwise it is empty
 * @param noNewPrivileges whether setuid programs lose their power (prctl(2), PR_SET_NO_NEW_PRIVS)
 * @param capabilities the names of the capabilities of its root, without {@code CAP_}
 */
public record ContainerSpec(
    String image,
    Digest manifest,
    Digest config,
    Optional<Digest> chainId,
    List<String> args,
    List<String> env,
    String workingDir,
    String user,
    String hostname,
    Network network,
    boolean readOnlyRoot,
    List<Volume> volumes,
    boolean stdin,
    boolean noNewPrivileges,
    List<String> capabilities) {

  /** Keeps copies. */
  public ContainerSpec {
    args = List.copyOf(args);
    env = List.copyOf(env);
    volumes = List.copyOf(volumes);
    capabilities = List.copyOf(capabilities);
  }

  ContainerSpec withHostname(String name) {
    return new ContainerSpec(
        image,
        manifest,
        config,
        chainId,
        args,
        env,
        workingDir,
        user,
        name,
        network,
        readOnlyRoot,
        volumes,
        stdin,
        noNewPrivileges,
        capabilities);
  }

  static ContainerSpec fromJson(JsonObject o) {
    List<Volume> volumes = new ArrayList<>();
    for (JsonObject v : o.objects("volumes")) {
      volumes.add(Volume.fromJson(v));
    }
    return new ContainerSpec(
        o.requireString("image"),
        Digest.parse(o.requireString("manifest")),
        Digest.parse(o.requireString("config")),
        o.string("chainId").map(Digest::parse),
        o.strings("args"),
        o.strings("env"),
        o.requireString("workingDir"),
        o.requireString("user"),
        o.requireString("hostname"),
        Network.parse(o.requireString("network")),
        o.bool("readOnlyRoot").orElse(false),
        volumes,
        o.bool("stdin").orElse(false),
        o.bool("noNewPrivileges").orElse(false),
        o.strings("capabilities"));
  }

  Json.Obj toJson() {
    List<Json> binds = new ArrayList<>();
    for (Volume v : volumes) {
      binds.add(v.toJson());
    }
    JsonBuilder b =
        new JsonBuilder()
            .put("image", image)
            .put("manifest", manifest.toString())
            .put("config", config.toString());
    if (chainId.isPresent()) {
      b.put("chainId", chainId.get().toString());
    }
    return b.put("args", JsonBuilder.array(args))
        .put("env", JsonBuilder.array(env))
        .put("workingDir", workingDir)
        .put("user", user)
        .put("hostname", hostname)
        .put("network", network.word())
        .put("readOnlyRoot", readOnlyRoot)
        .put("volumes", new Json.Array(binds))
        .put("stdin", stdin)
        .put("noNewPrivileges", noNewPrivileges)
        .put("capabilities", JsonBuilder.array(capabilities))
        .build();
  }
}
