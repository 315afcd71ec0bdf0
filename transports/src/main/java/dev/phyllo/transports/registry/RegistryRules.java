package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which registries have mirrors, are blocked, or may be talked to without proof of who they are.
 *
 * <p>A small JSON file, {@code /etc/phyllo/registries.json} or the user's own {@code
 * $XDG_CONFIG_HOME/phyllo/registries.json}, which goes first:
 *
 * <pre>{@code
 * {
 *   "registries": {
 *     "docker.io": { "mirrors": ["mirror.example.com/hub", "127.0.0.1:5001"] },
 *     "docker.io/untrusted": { "blocked": true },
 *     "registry.lab": { "insecure": true }
 *   }
 * }
 * }</pre>
 *
 * <p>A key is a registry's host and port, or that and the beginning of a repository up to a slash;
 * the longest that fits counts. {@code mirrors} are asked first when something is pulled, in order,
 * and the registry itself last; a mirror is a host and port with an optional prefix for
 * repositories. {@code blocked} refuses pull and push. {@code insecure} takes any certificate, and
 * plain HTTP.
 */
public final class RegistryRules {
  private static final int MAX_MIRRORS = 32;

  /**
   * What is said of one registry.
   *
   * @param mirrors hosts with optional prefixes
   * @param blocked whether to refuse it
   * @param insecure whether any certificate, and plain HTTP, will do
   */
  record Rule(List<String> mirrors, boolean blocked, boolean insecure) {
    static final Rule NONE = new Rule(List.of(), false, false);

    Rule {
      mirrors = List.copyOf(mirrors);
    }
  }

  private final List<Map<String, Rule>> files = new ArrayList<>();

  private RegistryRules() {}

  /** The user's own file, then the system's. */
  public static List<Path> usualFiles() {
    List<Path> files = new ArrayList<>();
    String config = System.getenv("XDG_CONFIG_HOME");
    if (config != null && config.startsWith("/")) {
      files.add(Path.of(config, "phyllo", "registries.json"));
    } else {
      files.add(Path.of(DockerConfig.home(), ".config", "phyllo", "registries.json"));
    }
    files.add(Path.of("/etc/phyllo/registries.json"));
    return files;
  }

  /**
   * Reads the files that exist.
   *
   * @throws InvalidException if one cannot be understood
   */
  static RegistryRules read(List<Path> paths) {
    RegistryRules rules = new RegistryRules();
    for (Path path : paths) {
      try {
        rules.files.add(parse(Files.readAllBytes(path), path.toString()));
      } catch (NoSuchFileException _) {
        // Nobody has to have one.
      } catch (IOException e) {
        throw new SystemException(path.toString(), e);
      }
    }
    return rules;
  }

  private static Map<String, Rule> parse(byte[] bytes, String thing) {
    Map<String, Rule> map = new LinkedHashMap<>();
    JsonObject all = JsonCodec.parseObject(bytes, thing);
    Optional<JsonObject> registries = all.object("registries");
    if (registries.isEmpty()) {
      return map;
    }
    for (String key : registries.get().value().members().keySet()) {
      JsonObject o = registries.get().requireObject(key).named(thing + " \"" + key + "\"");
      List<String> mirrors = o.strings("mirrors");
      if (mirrors.size() > MAX_MIRRORS) {
        throw new InvalidException(
            o.thing(), "more than " + MAX_MIRRORS + " mirrors", "leave some out");
      }
      for (String mirror : mirrors) {
        try {
          // The same grammar: host, and words between slashes.
          Reference _ = Reference.parse(mirror + "/x");
        } catch (InvalidException e) {
          throw new InvalidException(
              o.thing(), "\"" + mirror + "\" is not a mirror", "write HOST[:PORT][/PREFIX]", e);
        }
      }
      map.put(
          key,
          new Rule(mirrors, o.bool("blocked").orElse(false), o.bool("insecure").orElse(false)));
    }
    return map;
  }

  /** What is said of a repository. */
  Rule of(String repository) {
    for (Map<String, Rule> file : files) {
      String key = repository;
      while (true) {
        Rule rule = file.get(key);
        if (rule != null) {
          return rule;
        }
        int slash = key.lastIndexOf('/');
        if (slash < 0) {
          break;
        }
        key = key.substring(0, slash);
      }
    }
    return Rule.NONE;
  }
}
