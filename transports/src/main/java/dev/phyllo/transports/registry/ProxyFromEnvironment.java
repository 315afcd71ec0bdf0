package dev.phyllo.transports.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxy that {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY} name, in upper or
 * lower case, as other engines read them. Loopback never goes through a proxy.
 */
final class ProxyFromEnvironment extends ProxySelector {
  private final Map<String, String> environment;

  ProxyFromEnvironment(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI uri) {
    String host = String.valueOf(uri.getHost());
    Optional<String> proxy = value("https".equals(uri.getScheme()) ? "https_proxy" : "http_proxy");
    if (proxy.isEmpty() || Hosts.isLoopback(host) || isExcepted(host)) {
      return List.of(Proxy.NO_PROXY);
    }
    String text = proxy.get().contains("://") ? proxy.get() : "http://" + proxy.get();
    try {
      URI address = URI.create(text);
      if (address.getHost() != null) {
        int port = address.getPort() < 0 ? 80 : address.getPort();
        return List.of(
            new Proxy(
                Proxy.Type.HTTP, InetSocketAddress.createUnresolved(address.getHost(), port)));
      }
    } catch (IllegalArgumentException _) {
      // Said by the failing connection: there is none without it.
    }
    return List.of(Proxy.NO_PROXY);
  }

  private boolean isExcepted(String host) {
    for (String entry : value("no_proxy").orElse("").split(",", -1)) {
      String name = entry.strip().toLowerCase(Locale.ROOT);
      if (name.startsWith("*.")) {
        name = name.substring(1);
      }
      if (name.equals("*")
          || name.equals(host)
          || !name.isEmpty() && host.endsWith(name.startsWith(".") ? name : "." + name)) {
        return true;
      }
    }
    return false;
  }

  private Optional<String> value(String name) {
    String value = environment.get(name);
    if (value == null || value.isEmpty()) {
      value = environment.get(name.toUpperCase(Locale.ROOT));
    }
    return Optional.ofNullable(value).filter(v -> !v.isEmpty());
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    // The caller hears of it.
  }
}
