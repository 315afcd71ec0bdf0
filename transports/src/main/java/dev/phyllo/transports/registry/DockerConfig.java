package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Docker's {@code config.json}, as far as it is about credentials: {@code auths}, {@code
 * credHelpers} and {@code credsStore} (docker-login(1)). Everything else in the file stays as it is
 * when it is changed.
 */
public final class DockerConfig {
  /** What docker calls its own registry in the file, from the time of its first protocol. */
  private static final String DOCKER_KEY = "https://index.docker.io/v1/";

  private static final String DOCKER_HOST = "docker.io";

  private final Path file;

  private DockerConfig(Path file) {
    this.file = file;
  }

  /** The file of that name, which need not exist. */
  public static DockerConfig at(Path file) {
    return new DockerConfig(file);
  }

  /** The file that {@code login} writes: {@code $DOCKER_CONFIG}, or {@code ~/.docker}. */
  public static DockerConfig usual() {
    String directory = System.getenv("DOCKER_CONFIG");
    return at(
        directory == null || directory.isEmpty()
            ? Path.of(home(), ".docker", "config.json")
            : Path.of(directory, "config.json"));
  }

  /** As the shell has it; root of a user namespace has still the user's. */
  static String home() {
    String home = System.getenv("HOME");
    return home != null && home.startsWith("/") ? home : System.getProperty("user.home", "/");
  }

  /**
   * The files in which credentials are looked for, in order: {@code $REGISTRY_AUTH_FILE} alone, or
   * docker's and then podman's.
   */
  static List<DockerConfig> all() {
    String only = System.getenv("REGISTRY_AUTH_FILE");
    if (only != null && !only.isEmpty()) {
      return List.of(at(Path.of(only)));
    }
    List<DockerConfig> files = new ArrayList<>();
    files.add(usual());
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    if (runtime != null && runtime.startsWith("/")) {
      files.add(at(Path.of(runtime, "containers", "auth.json")));
    }
    return files;
  }

  /** Where it is. */
  public Path file() {
    return file;
  }

  /**
   * The credentials for a repository.
   *
   * @param host the registry's host and port
   * @param path the repository below it, or nothing; podman's file may be so precise
   */
  public Optional<Credentials> find(String host, String path) {
    JsonObject config = read();
    Optional<JsonObject> helpers = config.object("credHelpers");
    for (String name : names(host)) {
      Optional<String> helper = helpers.isPresent() ? helpers.get().string(name) : Optional.empty();
      if (helper.isPresent()) {
        return new CredentialProgram(helper.get()).get(name);
      }
    }
    Optional<String> store = config.string("credsStore").filter(s -> !s.isEmpty());
    if (store.isPresent()) {
      Optional<Credentials> found = new CredentialProgram(store.get()).get(key(host));
      if (found.isPresent()) {
        return found;
      }
    }
    Optional<JsonObject> auths = config.object("auths");
    if (auths.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> byName = new LinkedHashMap<>();
    for (String written : auths.get().value().members().keySet()) {
      byName.putIfAbsent(bare(written), written);
    }
    String wanted = path.isEmpty() ? host : host + "/" + path;
    while (true) {
      for (String name : wanted.equals(host) ? names(host) : List.of(wanted)) {
        String written = byName.get(bare(name));
        if (written != null) {
          Optional<Credentials> found = entry(auths.get().requireObject(written), written);
          if (found.isPresent()) {
            return found;
          }
        }
      }
      int slash = wanted.lastIndexOf('/');
      if (slash < 0) {
        return Optional.empty();
      }
      wanted = wanted.substring(0, slash);
    }
  }

  /**
   * Keeps credentials, in the helper that is configured or in the file, which only its owner can
   * read then.
   *
   * @return where they are now
   */
  public String store(String host, Credentials credentials) {
    JsonObject config = read();
    Optional<CredentialProgram> helper = helper(config, host);
    if (helper.isPresent()) {
      helper.get().store(key(host), credentials);
      return "the credential helper";
    }
    JsonBuilder entry = new JsonBuilder();
    if (credentials.isIdentityToken()) {
      entry.put("identitytoken", credentials.secret());
    } else {
      byte[] pair =
          (credentials.user() + ":" + credentials.secret()).getBytes(StandardCharsets.UTF_8);
      entry.put("auth", Base64.getEncoder().encodeToString(pair));
    }
    Map<String, Json> auths = auths(config);
    auths.keySet().removeIf(written -> bare(written).equals(bare(key(host))));
    auths.put(key(host), entry.build());
    write(config, auths);
    return file.toString();
  }

  /**
   * Forgets credentials.
   *
   * @return whether any were known
   */
  public boolean erase(String host) {
    JsonObject config = read();
    Optional<CredentialProgram> helper = helper(config, host);
    boolean known = false;
    if (helper.isPresent() && helper.get().get(key(host)).isPresent()) {
      helper.get().erase(key(host));
      known = true;
    }
    Map<String, Json> auths = auths(config);
    boolean removed = false;
    for (String name : names(host)) {
      removed |= auths.keySet().removeIf(written -> bare(written).equals(bare(name)));
    }
    if (removed) {
      write(config, auths);
    }
    return known || removed;
  }

  private static Map<String, Json> auths(JsonObject config) {
    return new LinkedHashMap<>(
        config.object("auths").map(o -> o.value().members()).orElse(Map.of()));
  }

  private static Optional<CredentialProgram> helper(JsonObject config, String host) {
    Optional<JsonObject> helpers = config.object("credHelpers");
    Optional<String> name = Optional.empty();
    for (String written : names(host)) {
      if (name.isEmpty() && helpers.isPresent()) {
        name = helpers.get().string(written);
      }
    }
    if (name.isEmpty()) {
      name = config.string("credsStore").filter(s -> !s.isEmpty());
    }
    return name.map(CredentialProgram::new);
  }

  private void write(JsonObject config, Map<String, Json> auths) {
    Map<String, Json> members = new LinkedHashMap<>(config.value().members());
    members.put("auths", new Json.Obj(auths));
    byte[] bytes =
        (JsonCodec.toPretty(new Json.Obj(members)) + "\n").getBytes(StandardCharsets.UTF_8);
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      DurableFiles.createDirectories(parent);
    }
    DurableFiles.replace(file, bytes, true); // of mode 0600
  }

  private JsonObject read() {
    try {
      return JsonCodec.parseObject(Files.readAllBytes(file), file.toString());
    } catch (NoSuchFileException _) {
      return new JsonObject(Json.Obj.EMPTY, file.toString());
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private Optional<Credentials> entry(JsonObject o, String name) {
    Optional<String> token = o.string("identitytoken").filter(s -> !s.isEmpty());
    if (token.isPresent()) {
      return Optional.of(new Credentials("", token.get(), true));
    }
    Optional<String> auth = o.string("auth").filter(s -> !s.isEmpty());
    if (auth.isPresent()) {
      String pair;
      try {
        // Docker pads the pair with zero bytes in old files.
        pair =
            new String(Base64.getDecoder().decode(auth.get().strip()), StandardCharsets.UTF_8)
                .replace("\0", "");
      } catch (IllegalArgumentException e) {
        throw new InvalidException(
            file.toString(),
            "the credentials for " + name + " are not base64",
            "phyllo login " + name,
            e);
      }
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw new InvalidException(
            file.toString(),
            "the credentials for " + name + " are not USER:PASSWORD",
            "phyllo login " + name);
      }
      return Optional.of(Credentials.of(pair.substring(0, colon), pair.substring(colon + 1)));
    }
    Optional<String> user = o.string("username").filter(s -> !s.isEmpty());
    return user.map(u -> Credentials.of(u, o.string("password").orElse("")));
  }

  /** What a host may be called in the file. */
  private static List<String> names(String host) {
    return host.equals(DOCKER_HOST)
        ? List.of(DOCKER_KEY, "index.docker.io", DOCKER_HOST, "registry-1.docker.io")
        : List.of(host);
  }

  private static String key(String host) {
    return host.equals(DOCKER_HOST) ? DOCKER_KEY : host;
  }

  /** Without the scheme and the version of the protocol that old files have. */
  private static String bare(String name) {
    String bare = name;
    for (String scheme : List.of("https://", "http://")) {
      if (bare.startsWith(scheme)) {
        bare = bare.substring(scheme.length());
      }
    }
    for (String end : List.of("/", "/v1", "/v2")) {
      if (bare.endsWith(end)) {
        bare = bare.substring(0, bare.length() - end.length());
      }
    }
    return bare;
  }
}
