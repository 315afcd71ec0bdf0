package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** The hosts that are talked to, each with its certificates, its scheme and its tokens. */
final class Hosts implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(30);

  private final RegistryOptions options;
  private final RegistryRules rules;
  private final IdleWatch watch;

  // Guarded by this.
  private final Map<String, Host> hosts = new HashMap<>();
  private final Map<String, HttpClient> clients = new HashMap<>();

  Hosts(RegistryOptions options) {
    this.options = options;
    this.rules = RegistryRules.read(options.ruleFiles());
    this.watch = new IdleWatch(options.patience());
  }

  RegistryOptions options() {
    return options;
  }

  RegistryRules rules() {
    return rules;
  }

  IdleWatch watch() {
    return watch;
  }

  /**
   * A registry's host.
   *
   * @param name host and port, as a reference has it
   * @param path the repository, for credentials that are so precise
   * @param insecure whether any certificate, and plain HTTP, will do
   */
  synchronized Host get(String name, String path, boolean insecure) {
    String key = name + " " + insecure + (options.credentials().isPresent() ? "" : " " + path);
    return hosts.computeIfAbsent(key, _ -> new Host(this, name, path, insecure));
  }

  /** The client with the certificates for a host. */
  synchronized HttpClient client(String host, boolean verify) {
    String key = host + " " + verify;
    HttpClient known = clients.get(key);
    if (known == null) {
      // Where a host has nothing of its own, the connections are shared.
      Optional<SSLContext> context =
          isPlainOnly(host)
              ? Optional.of(new NoTls())
              : Trust.context(host, options.certDir(), verify);
      String shared = isPlainOnly(host) ? host : context.isPresent() ? key : "";
      known = clients.get(shared);
      if (known == null) {
        known = newClient(context);
        clients.put(shared, known);
      }
      clients.put(key, known);
    }
    return known;
  }

  /**
   * Whether only plain HTTP is spoken with it. The JDK's client makes itself ready for TLS as soon
   * as it is made, which takes a tenth of a second, unless it is given a context that cannot.
   */
  private static boolean isPlainOnly(String host) {
    return host.startsWith("http:");
  }

  private static HttpClient newClient(Optional<SSLContext> context) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(new ProxyFromEnvironment(System.getenv()))
            .connectTimeout(CONNECT);
    context.ifPresent(builder::sslContext);
    return builder.build();
  }

  /** Whether nobody else can hear what is said to a host. */
  static boolean isLoopback(String hostAndPort) {
    String host = hostAndPort;
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      host = end < 0 ? host : host.substring(1, end);
      return host.equals("::1");
    }
    int colon = host.indexOf(':');
    if (colon >= 0 && colon == host.lastIndexOf(':')) {
      host = host.substring(0, colon);
    }
    return host.equals("localhost")
        || host.equals("::1")
        || host.startsWith("127.") && isDotted(host);
  }

  /** Whether it is an address of version 4: 127.example.com is not. */
  private static boolean isDotted(String host) {
    String[] parts = host.split("\\.", -1);
    for (String part : parts) {
      if (part.isEmpty()
          || part.length() > 3
          || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return false;
      }
    }
    return parts.length == 4;
  }

  /** Refuses a repository that is blocked. */
  void refuseBlocked(String repository) {
    if (rules.of(repository).blocked()) {
      throw new InvalidException(
          repository, "blocked by the configuration", "see phyllo's registries.json");
    }
  }

  /** Ends every connection. */
  @Override
  public synchronized void close() {
    for (HttpClient client : List.copyOf(clients.values())) {
      client.shutdownNow();
    }
    clients.clear();
    watch.close();
  }
}
