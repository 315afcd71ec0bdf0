package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers a registry's challenges: Basic (RFC 7617), or Bearer with a token from the server that
 * the challenge names (the distribution project's token authentication specification). Tokens are
 * kept by what they allow until they end, so that a pull of many blobs asks once.
 *
 * <p>The registry's credentials go to the registry and to its token server, and to nobody else.
 */
final class Authorizer {
  private static final int MAX_ANSWER = 1 << 20;
  private static final int MAX_TOKEN = 256 << 10;
  private static final long DEFAULT_SECONDS = 60; // the specification's
  private static final long MARGIN_SECONDS = 10;

  /** Sends a request that is answered without authorization of its own. */
  interface Sender {
    Response send(Request request) throws IOException;
  }

  private record Token(String value, long endsNanos) {}

  private final String host;
  private final Supplier<Optional<Credentials>> source;
  private final Sender sender;

  // All guarded by this.
  private final Map<String, Token> tokens = new HashMap<>();
  private Optional<Credentials> credentials = Optional.empty();
  private boolean asked;
  private @Nullable Challenge known;

  Authorizer(String host, Supplier<Optional<Credentials>> source, Sender sender) {
    this.host = host;
    this.source = source;
    this.sender = sender;
  }

  /** The header to send at once, if an earlier challenge tells which. */
  synchronized Optional<String> header(List<String> scopes) throws IOException {
    Challenge challenge = known;
    if (challenge == null) {
      return Optional.empty();
    }
    if (challenge.scheme().equals("basic")) {
      return credentials().map(Authorizer::basic);
    }
    return Optional.of("Bearer " + token(challenge, scopes));
  }

  /**
   * Answers a challenge.
   *
   * @param refused the header that was sent and not enough, if any
   * @return the header to send instead, unless there is none that could help
   */
  synchronized Optional<String> answer(
      List<Challenge> challenges, List<String> scopes, Optional<String> refused)
      throws IOException {
    for (String scheme : List.of("bearer", "basic")) {
      for (Challenge challenge : challenges) {
        if (challenge.scheme().equals(scheme)) {
          known = challenge;
          if (scheme.equals("bearer")) {
            // The one we had may have ended on the server's clock.
            tokens.remove(key(challenge, scopes));
          }
          Optional<String> header = header(scopes);
          return header.isPresent() && !header.equals(refused) ? header : Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** Whether there are credentials for the registry. */
  synchronized boolean hasCredentials() {
    return credentials().isPresent();
  }

  private Optional<Credentials> credentials() {
    if (!asked) {
      credentials = source.get();
      asked = true;
    }
    return credentials;
  }

  private String token(Challenge challenge, List<String> scopes) throws IOException {
    String key = key(challenge, scopes);
    Token token = tokens.get(key);
    if (token == null || token.endsNanos - System.nanoTime() < 0) {
      token = fetch(challenge, scopes);
      tokens.put(key, token);
    }
    return token.value;
  }

  private static SortedSet<String> wanted(Challenge challenge, List<String> scopes) {
    SortedSet<String> all = new TreeSet<>(scopes);
    String asked = challenge.parameters().get("scope");
    if (asked != null) {
      for (String scope : asked.split(" ", -1)) {
        // What a stored challenge asks for belongs to another request; its own kind is ours.
        if (!scope.isEmpty() && (scopes.isEmpty() || !scope.startsWith("repository:"))) {
          all.add(scope);
        }
      }
    }
    return all;
  }

  private static String key(Challenge challenge, List<String> scopes) {
    return String.join(" ", wanted(challenge, scopes));
  }

  private Token fetch(Challenge challenge, List<String> scopes) throws IOException {
    String text = challenge.parameters().getOrDefault("realm", "");
    URI realm;
    try {
      realm = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(host, "asks for a token from \"" + text + "\"", "", e);
    }
    boolean https = "https".equals(realm.getScheme());
    if (!https && !"http".equals(realm.getScheme()) || realm.getHost() == null) {
      throw new InvalidException(host, "asks for a token from \"" + text + "\"", "");
    }
    Optional<Credentials> who = credentials();
    if (who.isPresent() && !https && !Hosts.isLoopback(realm.getHost())) {
      throw new InvalidException(
          host,
          "wants the password sent without encryption to " + realm.getHost(),
          "its token server must speak https");
    }
    StringBuilder query = new StringBuilder();
    add(query, "service", challenge.parameters().getOrDefault("service", ""));
    Request request;
    if (who.isPresent() && who.get().isIdentityToken()) {
      // OAuth2 (RFC 6749, section 6): the scopes in one parameter, and no password.
      add(query, "scope", key(challenge, scopes));
      add(query, "grant_type", "refresh_token");
      add(query, "client_id", "phyllo");
      add(query, "refresh_token", who.get().secret());
      request =
          Request.of("POST", realm, List.of())
              .with("Content-Type", Request.FORM)
              .with(Request.Body.of(query.toString().getBytes(StandardCharsets.US_ASCII)));
    } else {
      for (String scope : wanted(challenge, scopes)) {
        add(query, "scope", scope);
      }
      if (who.isPresent()) {
        add(query, "account", who.get().user());
      }
      String joined = realm + (realm.getRawQuery() == null ? "?" : "&") + query;
      request = Request.of("GET", URI.create(joined), List.of());
      if (who.isPresent()) {
        request = request.with("Authorization", basic(who.get()));
      }
    }
    try (Response response = sender.send(request)) {
      if (response.status() != 200) {
        throw new InvalidException(
            host,
            "the token server " + realm.getHost() + " refuses: " + response.complaint(),
            who.isPresent() ? "phyllo login " + host + " again" : "phyllo login " + host);
      }
      return read(JsonCodec.parseObject(response.bytes(MAX_ANSWER, text), realm.getHost()));
    }
  }

  private Token read(JsonObject o) {
    String value = o.string("token").or(() -> o.string("access_token")).orElse("");
    boolean fits = !value.isEmpty() && value.length() <= MAX_TOKEN;
    for (int i = 0; fits && i < value.length(); i++) {
      fits = value.charAt(i) > ' ' && value.charAt(i) < 0x7f;
    }
    if (!fits) {
      throw new InvalidException(host, "its token server gives no token that can be sent", "");
    }
    long seconds = Math.clamp(o.number("expires_in").orElse(DEFAULT_SECONDS), 0, 1 << 20);
    long lasts = Math.max(seconds - MARGIN_SECONDS, seconds / 2);
    return new Token(value, System.nanoTime() + lasts * 1_000_000_000L);
  }

  private static String basic(Credentials c) {
    byte[] pair = (c.user() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private static void add(StringBuilder query, String name, String value) {
    if (!value.isEmpty()) {
      query
          .append(query.isEmpty() ? "" : "&")
          .append(name)
          .append('=')
          .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }
  }
}
