package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Reference;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * A client of registries, by the OCI distribution specification 1.1.
 *
 * <pre>{@code
 * try (RegistryClient client = RegistryClient.open(RegistryOptions.DEFAULT)) {
 *   RemoteDocument manifest = client.repository(Reference.parse("busybox")).manifest("latest");
 * }
 * }</pre>
 *
 * <p>A registry is a stranger: what it sends is bounded, and every digest is verified. All methods
 * may be called from any thread.
 */
public final class RegistryClient implements AutoCloseable {
  private final Hosts hosts;

  private RegistryClient(Hosts hosts) {
    this.hosts = hosts;
  }

  /** A client that has not connected to anything yet. */
  public static RegistryClient open(RegistryOptions options) {
    return new RegistryClient(new Hosts(options));
  }

  /**
   * A repository.
   *
   * @param reference its name; tag and digest are not looked at
   * @throws InvalidException if the configuration blocks it
   */
  public Repository repository(Reference reference) {
    hosts.refuseBlocked(reference.repository());
    RegistryRules.Rule rule = hosts.rules().of(reference.repository());
    Endpoint origin =
        new Endpoint(
            hosts.get(reference.domain(), reference.path(), rule.insecure()), reference.path());
    List<Endpoint> readable = new ArrayList<>();
    for (String mirror : rule.mirrors()) {
      int slash = mirror.indexOf('/');
      String host = slash < 0 ? mirror : mirror.substring(0, slash);
      String path =
          slash < 0 ? reference.path() : mirror.substring(slash + 1) + "/" + reference.path();
      boolean insecure = hosts.rules().of(host).insecure();
      readable.add(new Endpoint(hosts.get(host, path, insecure), path));
    }
    readable.add(origin);
    return new Repository(reference, origin, readable);
  }

  /**
   * Asks a registry whether it takes the credentials.
   *
   * @param host its host and port
   * @throws InvalidException if it does not
   */
  public void checkLogin(String host) {
    Host registry = hosts.get(host, "", hosts.rules().of(host).insecure());
    URI uri = registry.base().resolve("v2/");
    try (Response response = registry.send(Request.of("GET", uri, List.of()))) {
      if (response.status() == 401 || response.status() == 403) {
        throw new InvalidException(
            host,
            "does not take these credentials: " + response.complaint(),
            "check user and password: phyllo login");
      }
      if (response.status() != 200) {
        throw new InvalidException(
            host, "not a registry: " + response.complaint(), "give its host and port");
      }
      response.bytes(1 << 20, host);
    } catch (IOException e) {
      throw new dev.phyllo.oci.SystemException(host, e);
    }
  }

  /** Ends every connection. */
  @Override
  public void close() {
    hosts.close();
  }
}
