package dev.phyllo.transports.registry;

import java.net.URI;
import java.util.List;

/**
 * A place where a repository can be had: the registry itself or a mirror.
 *
 * @param host who is asked
 * @param path what the repository is called there
 */
record Endpoint(Host host, String path) {

  /** An address below the repository. */
  URI uri(String rest) {
    return host.base().resolve("v2/" + path + "/" + rest);
  }

  List<String> pull() {
    return List.of("repository:" + path + ":pull");
  }

  List<String> push() {
    return List.of("repository:" + path + ":pull,push");
  }

  /** To push, and to read another repository of the same registry. */
  List<String> pushAndPull(String other) {
    return List.of("repository:" + path + ":pull,push", "repository:" + other + ":pull");
  }

  List<String> delete() {
    return List.of("repository:" + path + ":delete,pull");
  }
}
