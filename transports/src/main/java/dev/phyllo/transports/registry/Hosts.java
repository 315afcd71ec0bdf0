package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** The hosts that are talked to, each with its certificates, its scheme and its tokens. */
final class Hosts implements AutoCloseable {
  private final RegistryOptions options;
  private final RegistryRules rules;
  private final Wire wire;

  // Guarded by this.
  private final Map<String, Host> hosts = new HashMap<>();
  private final Map<String, SSLContext> contexts = new HashMap<>();

  Hosts(RegistryOptions options) {
    this.options = options;
    this.rules = RegistryRules.read(options.ruleFiles());
    this.wire = new Wire(options.patience(), System.getenv());
  }

  RegistryOptions options() {
    return options;
  }

  RegistryRules rules() {
    return rules;
  }

  Wire wire() {
    return wire;
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

  /**
   * The certificates for a host, read when a connection to it is made for the first time.
   *
   * @param verify whether servers must prove who they are
   */
  synchronized SSLContext certificates(String host, boolean verify) {
    String key = host + " " + verify;
    SSLContext known = contexts.get(key);
    if (known == null) {
      try {
        Optional<SSLContext> own = Trust.context(host, options.certDir(), verify);
        known = own.isPresent() ? own.get() : SSLContext.getDefault();
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has TLS", e);
      }
      contexts.put(key, known);
    }
    return known;
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
  public void close() {
    wire.close();
  }
}
