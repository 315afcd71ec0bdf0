package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One registry's host: finds out how it is spoken to, sends requests, and stands what networks do.
 *
 * <p>A request that fails on the way, or is answered with 408, 429 or 5xx, is sent again after a
 * pause that doubles, or that the server asks for (Retry-After, RFC 9110, section 10.2.3).
 * Redirects are followed here rather than by the JDK, so that the registry's authorization goes to
 * the registry only and never from https to http.
 */
final class Host {
  private static final int MAX_REDIRECTS = 10;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);
  private static final String USER_AGENT = "phyllo";
  private static final Map<String, String> ELSEWHERE = Map.of("docker.io", "registry-1.docker.io");

  /** How many bytes a second an upload is given at least. */
  private static final long SLOWEST = 32 << 10;

  private final Hosts hosts;
  private final RegistryOptions options;
  private final String name;
  private final boolean verify;
  private final Authorizer authorizer;
  private @Nullable URI base; // guarded by this
  private volatile boolean down;

  Host(Hosts hosts, String name, String path, boolean insecure) {
    this.hosts = hosts;
    this.options = hosts.options();
    this.name = name;
    this.verify = options.tlsVerify() && !insecure;
    this.authorizer = new Authorizer(name, () -> credentials(path), this::sendUnauthorized);
  }

  private Optional<Credentials> credentials(String path) {
    if (options.credentials().isPresent()) {
      return options.credentials();
    }
    List<DockerConfig> files =
        options.authFile().isPresent()
            ? List.of(DockerConfig.at(options.authFile().get()))
            : DockerConfig.all();
    for (DockerConfig file : files) {
      Optional<Credentials> found = file.find(name, path);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** Host and port, as the user knows them. */
  String name() {
    return name;
  }

  /** Whether it has failed for good: where there is another place to ask, it is asked instead. */
  boolean isDown() {
    return down;
  }

  boolean hasCredentials() {
    return authorizer.hasCredentials();
  }

  /**
   * The address that paths are resolved against. Where plain HTTP is allowed, the first call asks
   * the host which it speaks; nothing that is secret is said then.
   */
  synchronized URI base() {
    URI known = base;
    if (known == null) {
      known = findBase();
      base = known;
    }
    return known;
  }

  private URI findBase() {
    String authority = ELSEWHERE.getOrDefault(name, name);
    URI https = URI.create("https://" + authority + "/");
    URI http = URI.create("http://" + authority + "/");
    boolean loopback = Hosts.isLoopback(authority);
    if (!loopback && verify) {
      return https;
    }
    // Locally most speak plain HTTP; elsewhere it is the last resort.
    List<URI> order = loopback ? List.of(http, https) : List.of(https, http);
    IOException first = null;
    for (int attempt = 1; ; attempt++) {
      for (URI candidate : order) {
        Request ping = Request.of("GET", candidate.resolve("v2/"), List.of());
        try (Response response = once(ping, Optional.empty())) {
          // A TLS server answers 400 to plain HTTP.
          if (response.status() != 400) {
            return candidate;
          }
        } catch (IOException e) {
          PhylloException hopeless = Trust.explained(e, name);
          if (hopeless != null) {
            throw hopeless;
          }
          first = first == null ? e : first;
        }
      }
      if (attempt >= options.attempts() || down) {
        down = true;
        throw NetworkFailure.of(Request.of("GET", order.getFirst(), List.of()), first);
      }
      pause(attempt, Optional.empty());
    }
  }

  /**
   * Sends a request, as often as it takes.
   *
   * @return an answer that is neither a redirect nor worth another attempt; to be closed
   * @throws SystemException if none comes
   * @throws InvalidException if the registry wants other credentials
   */
  Response send(Request request) {
    for (int attempt = 1; ; attempt++) {
      Optional<String> retryAfter = Optional.empty();
      try {
        Response response = authorized(request);
        boolean temporary = isTemporary(response.status());
        if (!temporary || attempt >= options.attempts()) {
          down |= temporary;
          return response;
        }
        retryAfter = response.header("retry-after");
        String why = "status " + response.status();
        response.close();
        if (isTooLong(retryAfter)) {
          throw new SystemException(
              request.shown(),
              why + ": to be tried again after " + retryAfter.get(),
              "wait that long, or log in if that allows more",
              null);
        }
        tellRetry(request, why);
      } catch (IOException e) {
        PhylloException hopeless = Trust.explained(e, name);
        if (hopeless != null) {
          throw hopeless;
        }
        if (attempt >= options.attempts()) {
          down = true;
          throw NetworkFailure.of(request, e);
        }
        tellRetry(request, NetworkFailure.reason(e));
      }
      pause(attempt, retryAfter);
    }
  }

  /**
   * Sends a request whose body cannot be sent again as it is.
   *
   * @throws SystemException if it fails on the way, or is answered with a temporary error
   */
  Response sendOnce(Request request) {
    try {
      Response response = authorized(request);
      if (!isTemporary(response.status())) {
        return response;
      }
      try (response) {
        throw new SystemException(
            request.shown(),
            "the registry answers " + response.complaint(),
            "try again later",
            null);
      }
    } catch (IOException e) {
      throw NetworkFailure.of(request, e);
    }
  }

  private Response authorized(Request request) throws IOException {
    Optional<String> header = authorizer.header(request.scopes());
    Response response = redirected(request, header);
    for (int round = 0; response.status() == 401 && round < 2; round++) {
      List<Challenge> challenges =
          Challenge.parseAll(response.headers().allValues("www-authenticate"), name);
      Optional<String> answer = authorizer.answer(challenges, request.scopes(), header);
      if (answer.isEmpty()) {
        return response;
      }
      response.close();
      header = answer;
      response = redirected(request, header);
    }
    return response;
  }

  private Response sendUnauthorized(Request request) throws IOException {
    IOException last = null;
    for (int attempt = 1; ; attempt++) {
      Optional<String> retryAfter = Optional.empty();
      try {
        Response response = redirected(request, Optional.empty());
        if (!isTemporary(response.status()) || attempt >= options.attempts()) {
          return response;
        }
        retryAfter = response.header("retry-after");
        response.close();
      } catch (IOException e) {
        last = e;
        if (attempt >= options.attempts()) {
          throw last;
        }
      }
      if (isTooLong(retryAfter)) {
        throw new SystemException(
            request.shown(),
            "to be tried again after " + retryAfter.get(),
            "wait that long, or log in if that allows more",
            null);
      }
      pause(attempt, retryAfter);
    }
  }

  /** Sends and follows redirects; the authorization stays with the host it is for. */
  private Response redirected(Request request, Optional<String> authorization) throws IOException {
    Request current = request;
    for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
      boolean same = isSameHost(request.uri(), current.uri());
      Response response = once(current, same ? authorization : Optional.empty());
      if (!isRedirect(response.status())) {
        return response;
      }
      Optional<String> location = response.header("location");
      response.close();
      URI next = target(current.uri(), location);
      current = current.to(next);
      if (!isSameHost(request.uri(), next) && current.isSecret()) {
        throw new InvalidException(
            name, "a token server that sends on to another host, " + next.getHost(), "");
      }
    }
    throw new InvalidException(request.shown(), "more than " + MAX_REDIRECTS + " redirects", "");
  }

  private URI target(URI from, Optional<String> location) {
    URI next;
    try {
      next = from.resolve(location.orElse(""));
    } catch (IllegalArgumentException e) {
      throw new InvalidException(name, "redirects to \"" + location.orElse("") + "\"", "", e);
    }
    String scheme = String.valueOf(next.getScheme());
    boolean plain = scheme.equals("http");
    if (location.isEmpty() || next.getHost() == null || !plain && !scheme.equals("https")) {
      throw new InvalidException(name, "redirects to \"" + location.orElse("") + "\"", "");
    }
    boolean wasPlain = "http".equals(from.getScheme());
    if (plain && !wasPlain) {
      throw new InvalidException(
          name,
          "redirects from https to http",
          "ask who runs the registry for one that stays with https");
    }
    if (plain && verify && !Hosts.isLoopback(next.getHost())) {
      throw new InvalidException(
          name, "redirects to plain http at " + next.getHost(), "--tls-verify=false allows it");
    }
    return next;
  }

  private static boolean isSameHost(URI a, URI b) {
    return String.valueOf(a.getScheme()).equals(b.getScheme())
        && String.valueOf(a.getRawAuthority()).equalsIgnoreCase(b.getRawAuthority());
  }

  /** Sends once, to wherever the request says. */
  private Response once(Request request, Optional<String> authorization) throws IOException {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(request.uri()).header("User-Agent", USER_AGENT);
    request.headers().forEach(builder::header);
    authorization.ifPresent(value -> builder.header("Authorization", value));
    Request.Body body = request.body();
    long uploadSeconds = body == null ? 0 : body.length() / SLOWEST;
    builder.timeout(options.patience().plusSeconds(uploadSeconds));
    builder.method(request.method(), publisher(body));
    boolean plain = "http".equals(request.uri().getScheme());
    String authority = String.valueOf(request.uri().getRawAuthority());
    String host = plain ? "http:" : isOurs(authority) ? name : authority;
    long start = System.nanoTime();
    try {
      HttpResponse<InputStream> answer =
          hosts
              .client(host, verify)
              .send(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
      tell(request, answer.statusCode(), System.nanoTime() - start);
      return new Response(
          answer.statusCode(), answer.headers(), hosts.watch().watch(answer.body()), request.uri());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(request.shown(), "interrupted", "", e);
    } catch (IOException e) {
      // What the source of an upload throws comes out of the client in wrappings.
      for (Throwable t = e.getCause(); t != null; t = t.getCause()) {
        if (t instanceof PhylloException ours) {
          throw ours;
        }
      }
      throw e;
    }
  }

  private boolean isOurs(String authority) {
    return authority.equals(ELSEWHERE.getOrDefault(name, name));
  }

  private static HttpRequest.BodyPublisher publisher(Request.@Nullable Body body) {
    if (body == null || body.length() == 0) {
      return HttpRequest.BodyPublishers.noBody();
    }
    return HttpRequest.BodyPublishers.fromPublisher(
        HttpRequest.BodyPublishers.ofInputStream(() -> {
          try {
            return body.open();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }),
        body.length());
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static boolean isTemporary(int status) {
    return status == 408 || status == 429 || status >= 500 && status != 501 && status != 505;
  }

  // Pauses.

  private static boolean isTooLong(Optional<String> retryAfter) {
    return RetryAfter.of(retryAfter).map(d -> d.compareTo(LONGEST_PAUSE) > 0).orElse(false);
  }

  private void pause(int attempt, Optional<String> retryAfter) {
    long doubled = options.backOff().toMillis() << Math.min(attempt - 1, 10);
    long usual = Math.min(doubled, LONGEST_PAUSE.toMillis());
    // A little chance, so that many who failed together do not come back together.
    long jittered = usual - (long) (usual * 0.25 * Math.random());
    long asked = RetryAfter.of(retryAfter).map(Duration::toMillis).orElse(0L);
    try {
      Thread.sleep(Math.max(jittered, asked));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(name, "interrupted", "", e);
    }
  }

  /** A pause before a blob is asked for again. */
  void pauseBefore(int attempt) {
    pause(attempt, Optional.empty());
  }

  int attempts() {
    return options.attempts();
  }

  private void tell(Request request, int status, long nanos) {
    if (options.steps().isListening()) {
      options
          .steps()
          .done(
              new RegistryStep(
                  request.method(),
                  request.shown(),
                  Map.of("status", status + " in " + nanos / 1_000_000 + " ms")));
    }
  }

  void tellRetry(Request request, String why) {
    if (options.steps().isListening()) {
      options.steps().done(new RegistryStep("retry", request.shown(), Map.of("why", why)));
    }
  }
}
