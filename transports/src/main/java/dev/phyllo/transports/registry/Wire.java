package dev.phyllo.transports.registry;

import dev.phyllo.oci.PhylloException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests over connections that are kept for the next one. The calling thread does it all,
 * so there is nothing to start: the JDK's client takes some forty milliseconds to be ready for its
 * first request, and twice as long if it is to speak TLS, whether it does or not.
 */
final class Wire implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final long KEPT_NANOS = 30_000_000_000L;
  private static final int MOST_KEPT = 64;

  /** Bodies up to this size wait in the system, and nobody has to wait for them. */
  private static final long SHORT = 16 << 10;

  /** How many bytes a second an upload is given at least. */
  private static final long SLOWEST = 32 << 10;

  private static final Request.Body NOTHING = Request.Body.of(new byte[0]);

  private record Kept(Connection connection, long since) {}

  private final Duration patience;
  private final ProxyFromEnvironment proxies;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Map<String, Deque<Kept>> kept = new HashMap<>(); // guarded by itself
  private volatile boolean closed;

  /**
   * No connection yet.
   *
   * @param patience how long a server may say nothing
   * @param environment says which proxies to go through
   */
  Wire(Duration patience, Map<String, String> environment) {
    this.patience = patience;
    this.proxies = new ProxyFromEnvironment(environment);
  }

  /** Which certificates count; asked for only when a connection has to be made. */
  interface Certificates {
    SSLContext context();
  }

  /**
   * Sends a request once and returns the answer, whose body is read by the caller.
   *
   * @param who tells connections with different certificates apart
   * @throws IOException if there is no answer
   */
  Response send(Request request, Map<String, String> headers, String who, Certificates certificates)
      throws IOException {
    URI uri = request.uri();
    Request.Body body = request.body() == null ? NOTHING : request.body();
    String key = who + " " + uri.getScheme() + "://" + uri.getRawAuthority();
    Connection reused = take(key, body.length() > 0);
    if (reused != null) {
      try {
        return exchange(reused, request, body, headers, key);
      } catch (IOException e) {
        boolean again =
            body.length() == 0
                && !reused.isAnswering()
                && !(e instanceof SocketTimeoutException)
                && !Thread.currentThread().isInterrupted();
        if (!again) {
          throw said(e);
        }
        // It was closed at the other end while nobody used it.
      }
    }
    Connection.Target target = target(uri, certificates);
    boolean safe = request.method().equals("GET") || request.method().equals("HEAD");
    for (boolean again = false; ; again = true) {
      try {
        return exchange(fresh(target, key), request, body, headers, key);
      } catch (Connection.NoAnswer e) {
        // As every client does: what only asks is asked once more (RFC 9110, section 9.2.2).
        if (again || !safe || Thread.currentThread().isInterrupted()) {
          throw e;
        }
      } catch (IOException e) {
        throw said(e);
      }
    }
  }

  private Connection.Target target(URI uri, Certificates certificates) {
    boolean secure = "https".equals(uri.getScheme());
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
    String host = String.valueOf(uri.getHost());
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    Optional<SSLContext> tls = secure ? Optional.of(certificates.context()) : Optional.empty();
    return new Connection.Target(host, port, tls, proxies.select(uri).getFirst(), CONNECT);
  }

  private Connection fresh(Connection.Target target, String key) throws IOException {
    Connection fresh = Connection.open(target, patience);
    open.add(fresh);
    if (closed) {
      release(fresh, key, false);
      throw new IOException("given up");
    }
    return fresh;
  }

  private static IOException said(IOException e) {
    return e instanceof SocketTimeoutException ? new IOException("no answer in time", e) : e;
  }

  private Response exchange(
      Connection connection,
      Request request,
      Request.Body body,
      Map<String, String> headers,
      String key)
      throws IOException {
    boolean whole = false;
    try {
      IOException unsent = write(connection, request, body, headers);
      Connection.Head head;
      try {
        head = connection.read();
      } catch (IOException e) {
        if (unsent != null) {
          unsent.addSuppressed(e);
          throw unsent;
        }
        throw e;
      }
      boolean lasts = head.lasts() && unsent == null;
      Response response =
          new Response(
              head.status(),
              head.headers(),
              AnswerBody.of(
                  head,
                  request.method().equals("HEAD"),
                  connection.body(),
                  all -> release(connection, key, all && lasts)),
              request.uri());
      whole = true;
      return response;
    } finally {
      if (!whole) {
        release(connection, key, false);
      }
    }
  }

  /**
   * Sends all of it; what kept a body from being sent is returned, for the server may have answered
   * before it was over.
   */
  private @Nullable IOException write(
      Connection connection, Request request, Request.Body body, Map<String, String> headers)
      throws IOException {
    Thread guard = null;
    boolean[] slow = new boolean[1];
    if (body.length() > SHORT) {
      long millis = patience.plusSeconds(body.length() / SLOWEST).toMillis();
      guard =
          Thread.ofVirtual()
              .name("registry-upload")
              .start(() -> {
                try {
                  Thread.sleep(millis);
                  slow[0] = true;
                  connection.close();
                } catch (InterruptedException _) {
                  // It has been sent.
                }
              });
    }
    try {
      connection.send(request.method(), request.uri(), headers, body);
      return null;
    } catch (IOException e) {
      if (slow[0]) {
        throw new IOException("the server does not take what is sent", e);
      }
      if (body.length() == 0 || e.getCause() instanceof PhylloException) {
        throw e;
      }
      return e;
    } finally {
      if (guard != null) {
        guard.interrupt();
      }
    }
  }

  /** A connection that was left over, if one is good. */
  private @Nullable Connection take(String key, boolean mustBeGood) {
    while (true) {
      Kept last;
      synchronized (kept) {
        Deque<Kept> all = kept.get(key);
        last = all == null ? null : all.pollLast();
      }
      if (last == null) {
        return null;
      }
      boolean old = System.nanoTime() - last.since() > KEPT_NANOS;
      // What cannot be sent again is not trusted to a connection that may be closed.
      if (!old && (!mustBeGood || last.connection().isQuiet())) {
        return last.connection();
      }
      release(last.connection(), key, false);
    }
  }

  private void release(Connection connection, String key, boolean lasts) {
    if (lasts && !closed) {
      synchronized (kept) {
        Deque<Kept> all = kept.computeIfAbsent(key, _ -> new ArrayDeque<>());
        if (all.size() < MOST_KEPT) {
          all.addLast(new Kept(connection, System.nanoTime()));
          return;
        }
      }
    }
    open.remove(connection);
    connection.close();
  }

  /** Ends every connection, also those that are waited for. */
  @Override
  public void close() {
    closed = true;
    List<Connection> all = new ArrayList<>(open);
    open.clear();
    all.forEach(Connection::close);
    synchronized (kept) {
      kept.clear();
    }
  }
}
