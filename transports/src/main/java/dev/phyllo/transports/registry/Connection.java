package dev.phyllo.transports.registry;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A connection that speaks HTTP/1.1 (RFC 9112), one request after the other. For one thread at a
 * time, which blocks. What the server sends is bounded.
 */
final class Connection implements AutoCloseable {
  private static final int MAX_HEAD = 64 << 10;
  private static final int MAX_INTERIM = 8;
  private static final int BUFFER = 16 << 10;

  /** How to get one. */
  record Target(String host, int port, Optional<SSLContext> tls, Proxy proxy, Duration connect) {}

  /**
   * The beginning of an answer.
   *
   * @param status of HTTP
   * @param headers as they came
   * @param lasts whether the connection can be used again when the body was read
   */
  record Head(int status, HttpHeaders headers, boolean lasts) {}

  /** The server has closed the connection instead of answering. */
  static final class NoAnswer extends EOFException {
    private static final long serialVersionUID = 1;

    NoAnswer() {
      super("the connection was closed without an answer");
    }
  }

  /** What lies below TLS, if there is any. */
  private final Socket raw;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final boolean absolute;
  private boolean answering;

  private Connection(Socket raw, Socket socket, boolean absolute) throws IOException {
    this.raw = raw;
    this.socket = socket;
    this.absolute = absolute;
    this.in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER);
  }

  /** Connects: to every address of the host, until one answers. */
  static Connection open(Target target, Duration patience) throws IOException {
    boolean proxied = target.proxy().address() instanceof InetSocketAddress;
    String host = target.host();
    int port = target.port();
    if (target.proxy().address() instanceof InetSocketAddress proxy) {
      host = proxy.getHostString();
      port = proxy.getPort();
    }
    Socket socket = connected(host, port, target.connect());
    boolean whole = false;
    try {
      socket.setSoTimeout(millis(patience));
      socket.setTcpNoDelay(true);
      Socket layered = socket;
      if (target.tls().isPresent()) {
        if (proxied) {
          tunnel(socket, target);
        }
        layered = secured(socket, target);
      }
      Connection connection = new Connection(socket, layered, proxied && target.tls().isEmpty());
      whole = true;
      return connection;
    } finally {
      if (!whole) {
        socket.close();
      }
    }
  }

  private static int millis(Duration time) {
    return (int) Math.clamp(time.toMillis(), 1L, Integer.MAX_VALUE);
  }

  private static Socket connected(String host, int port, Duration patience) throws IOException {
    IOException first = null;
    for (InetAddress address : InetAddress.getAllByName(host)) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, port), millis(patience));
        return socket;
      } catch (IOException e) {
        socket.close();
        IOException said =
            e instanceof SocketTimeoutException ? new IOException("no connection in time", e) : e;
        first = first == null ? said : first;
      }
    }
    throw first == null ? new ConnectException("no address") : first;
  }

  /** RFC 9110, section 9.3.6. */
  private static void tunnel(Socket socket, Target target) throws IOException {
    String authority = target.host() + ":" + target.port();
    String head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
    // Unbuffered: what comes behind the answer is TLS.
    Head answer = head(socket.getInputStream());
    if (answer.status() / 100 != 2) {
      throw new IOException("the proxy answers with status " + answer.status());
    }
  }

  private static Socket secured(Socket plain, Target target) throws IOException {
    SSLContext context = target.tls().orElseThrow();
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, target.host(), target.port(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /** Whether the server has neither closed it nor said anything since the last answer. */
  boolean isQuiet() {
    try {
      if (in.available() > 0) {
        return false;
      }
      int patience = socket.getSoTimeout();
      socket.setSoTimeout(1);
      try {
        int _ = in.read(); // the end, or what nobody asked for
        return false;
      } catch (SocketTimeoutException _) {
        return true;
      } finally {
        socket.setSoTimeout(patience);
      }
    } catch (IOException _) {
      return false;
    }
  }

  /** Whether the server has begun to answer the last request. */
  boolean isAnswering() {
    return answering;
  }

  /**
   * Sends a request.
   *
   * @param headers without those that follow from the address and the body
   */
  void send(String method, URI uri, Map<String, String> headers, Request.Body body)
      throws IOException {
    answering = false;
    StringBuilder head = new StringBuilder(512).append(method).append(' ');
    if (absolute) {
      head.append(uri.getScheme()).append("://").append(checked(authority(uri)));
    }
    String path = uri.getRawPath();
    head.append(path == null || path.isEmpty() ? "/" : checked(path));
    if (uri.getRawQuery() != null) {
      head.append('?').append(checked(uri.getRawQuery()));
    }
    head.append(" HTTP/1.1\r\nHost: ").append(checked(authority(uri))).append("\r\n");
    for (Map.Entry<String, String> header : headers.entrySet()) {
      head.append(checked(header.getKey())).append(": ");
      head.append(checked(header.getValue())).append("\r\n");
    }
    long length = body.length();
    if (length > 0 || !method.equals("GET") && !method.equals("HEAD")) {
      head.append("Content-Length: ").append(length).append("\r\n");
    }
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    if (length > 0) {
      try (InputStream content = body.open()) {
        copy(content, length);
      }
    }
    out.flush();
  }

  /** Values come from servers and configurations too: none may end a line. */
  private static String checked(String text) throws IOException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 255 || c == 127 || c < ' ' && c != '\t') {
        throw new IOException("a request with a character in it that cannot be sent");
      }
    }
    return text;
  }

  private static String authority(URI uri) {
    String authority = String.valueOf(uri.getRawAuthority());
    return authority.substring(authority.lastIndexOf('@') + 1);
  }

  private void copy(InputStream content, long length) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long left = length;
    while (left > 0) {
      int n = content.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new EOFException("what is to be sent ends early");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }

  /** Reads the beginning of the answer. */
  Head read() throws IOException {
    in.mark(1);
    if (in.read() < 0) {
      throw new NoAnswer();
    }
    in.reset();
    answering = true;
    for (int i = 0; i < MAX_INTERIM; i++) {
      Head head = head(in);
      if (head.status() / 100 != 1) {
        return head;
      }
    }
    throw new IOException("answers that announce answers, without end");
  }

  /** The body of an answer; see {@link AnswerBody}. */
  InputStream body() {
    return in;
  }

  private static Head head(InputStream in) throws IOException {
    int[] left = {MAX_HEAD};
    String first = line(in, left);
    // HTTP-version SP status-code SP reason-phrase
    if (!first.startsWith("HTTP/1.") || first.length() < 12 || first.charAt(8) != ' ') {
      throw new IOException("an answer that is no HTTP");
    }
    int status;
    try {
      status = Integer.parseInt(first.substring(9, 12));
    } catch (NumberFormatException e) {
      throw new IOException("an answer without a status", e);
    }
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (String line = line(in, left); !line.isEmpty(); line = line(in, left)) {
      int colon = line.indexOf(':');
      if (colon <= 0 || line.charAt(colon - 1) <= ' ' || line.charAt(0) <= ' ') {
        throw new IOException("a header that is none");
      }
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.computeIfAbsent(name, _ -> new ArrayList<>()).add(line.substring(colon + 1).strip());
    }
    HttpHeaders all = HttpHeaders.of(headers, (_, _) -> true);
    String connection = String.join(",", all.allValues("connection")).toLowerCase(Locale.ROOT);
    boolean lasts =
        first.startsWith("HTTP/1.1") ? !connection.contains("close") : connection.contains("keep");
    return new Head(status, all, lasts);
  }

  private static String line(InputStream in, int[] left) throws IOException {
    StringBuilder line = new StringBuilder(80);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the answer ends in its headers");
      }
      if (--left[0] < 0) {
        throw new IOException("headers over the limit of " + MAX_HEAD + " bytes");
      }
      line.append((char) c);
    }
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\r') {
      line.setLength(length - 1);
    }
    return line.toString();
  }

  /** Ends it, whatever goes on in it: TLS would wait for a writer before it says goodbye. */
  @Override
  public void close() {
    try {
      raw.close();
    } catch (IOException _) {
      // It is no longer wanted.
    }
  }
}
