package dev.phyllo.transports.registry;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and a registry and does what networks and bad servers do, as a script
 * says for each request. One request a connection.
 */
final class FaultProxy implements AutoCloseable {

  /** A request as it came. */
  record Seen(String method, String path, Map<String, String> headers) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    boolean isBlob() {
      return path.contains("/blobs/sha256:");
    }

    boolean isManifest() {
      return path.contains("/manifests/");
    }
  }

  /** What is done to a request or its answer. */
  sealed interface Fault {}

  /** Nothing. */
  record Pass() implements Fault {}

  /** The connection ends before anything is answered. */
  record Drop() implements Fault {}

  /** The connection ends after so many bytes of the body. */
  record DropAfter(long bytes) implements Fault {}

  /** The body stops after so many bytes, and the connection stays. */
  record Stall(long bytes) implements Fault {}

  /** Everything comes later. */
  record Delay(long millis) implements Fault {}

  /** A byte of the body is another. */
  record Flip(long at) implements Fault {}

  /** The proxy answers itself. */
  record Answer(int status, List<String> headers, String body) implements Fault {}

  /** The body is longer than it should be, by so many bytes, and says so or not. */
  record Longer(long bytes, boolean isChunked) implements Fault {}

  /** The body is shorter, and its length says so. */
  record Shorter(long bytes) implements Fault {}

  /** The range of the request is ignored. */
  record NoRange() implements Fault {}

  /** A header of the answer is another. */
  record Header(String name, String value) implements Fault {}

  /** Decides what is done. */
  interface Script {
    Fault decide(Seen request);
  }

  static final Script PASS = _ -> new Pass();

  private final int upstream;
  private final ServerSocket server;
  private final List<Seen> seen = new ArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Script script;

  FaultProxy(int upstream, Script script) throws IOException {
    this.upstream = upstream;
    this.script = script;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  void script(Script other) {
    script = other;
  }

  String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Every request so far. */
  List<Seen> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  void forget() {
    synchronized (seen) {
      seen.clear();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                serve(socket);
              } catch (IOException | InterruptedException _) {
                // The other side has gone: that is what this is for.
              } finally {
                open.remove(socket);
              }
            });
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket client) throws IOException, InterruptedException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    List<String> head = head(in);
    if (head.isEmpty()) {
      return;
    }
    String[] first = head.getFirst().split(" ", -1);
    Seen request = new Seen(first[0], first[1], headers(head));
    synchronized (seen) {
      seen.add(request);
    }
    Fault fault = script.decide(request);
    if (fault instanceof Drop) {
      return;
    }
    if (fault instanceof Delay d) {
      Thread.sleep(d.millis());
    }
    byte[] body = in.readNBytes(Math.toIntExact(length(request.headers())));
    if (fault instanceof Answer a) {
      StringBuilder answer = new StringBuilder("HTTP/1.1 " + a.status() + " x\r\n");
      a.headers().forEach(h -> answer.append(h).append("\r\n"));
      byte[] text = a.body().getBytes(StandardCharsets.UTF_8);
      answer.append("Content-Length: " + text.length + "\r\nConnection: close\r\n\r\n");
      out.write(answer.toString().getBytes(StandardCharsets.ISO_8859_1));
      if (!request.method().equals("HEAD")) {
        out.write(text);
      }
      out.flush();
      return;
    }
    try (Socket server = new Socket(InetAddress.getLoopbackAddress(), upstream)) {
      OutputStream to = server.getOutputStream();
      StringBuilder forward = new StringBuilder(head.getFirst() + "\r\n");
      for (String line : head.subList(1, head.size())) {
        String name = line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
        boolean left =
            name.equals("connection") || fault instanceof NoRange && name.equals("range");
        if (!left) {
          forward.append(line).append("\r\n");
        }
      }
      forward.append("Connection: close\r\n\r\n");
      to.write(forward.toString().getBytes(StandardCharsets.ISO_8859_1));
      to.write(body);
      to.flush();
      relay(request, fault, new BufferedInputStream(server.getInputStream()), out);
    }
  }

  private static void relay(Seen request, Fault fault, InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    List<String> head = head(in);
    Map<String, String> headers = headers(head);
    long length = headers.containsKey("content-length") ? length(headers) : -1;
    boolean hasBody = !request.method().equals("HEAD");
    StringBuilder answer = new StringBuilder(head.getFirst() + "\r\n");
    for (String line : head.subList(1, head.size())) {
      String name = line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
      boolean changed =
          switch (fault) {
            case Longer _, Shorter _ -> name.equals("content-length");
            case Header h -> name.equals(h.name().toLowerCase(Locale.ROOT));
            default -> false;
          };
      if (!changed && !name.equals("connection")) {
        answer.append(line).append("\r\n");
      }
    }
    switch (fault) {
      case Longer l when l.isChunked() -> answer.append("Transfer-Encoding: chunked\r\n");
      case Longer l -> answer.append("Content-Length: " + (length + l.bytes()) + "\r\n");
      case Shorter s -> answer.append("Content-Length: " + (length - s.bytes()) + "\r\n");
      case Header h -> answer.append(h.name() + ": " + h.value() + "\r\n");
      default -> {}
    }
    answer.append("Connection: close\r\n\r\n");
    out.write(answer.toString().getBytes(StandardCharsets.ISO_8859_1));
    if (!hasBody) {
      out.flush();
      return;
    }
    byte[] buffer = new byte[16 << 10];
    long sent = 0;
    long end =
        switch (fault) {
          case DropAfter d -> d.bytes();
          case Stall s -> s.bytes();
          case Shorter s -> length - s.bytes();
          default -> Long.MAX_VALUE;
        };
    boolean chunked = fault instanceof Longer l && l.isChunked();
    for (int n = in.read(buffer); n >= 0 && sent < end; n = in.read(buffer)) {
      n = (int) Math.min(n, end - sent);
      if (fault instanceof Flip f && f.at() >= sent && f.at() < sent + n) {
        buffer[(int) (f.at() - sent)] ^= 1;
      }
      write(out, buffer, n, chunked);
      sent += n;
    }
    out.flush();
    if (fault instanceof Stall) {
      Thread.sleep(60_000);
    }
    if (fault instanceof Longer l) {
      for (long more = 0; more < l.bytes(); more += buffer.length) {
        write(out, buffer, (int) Math.min(buffer.length, l.bytes() - more), chunked);
      }
      if (chunked) {
        out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      }
      out.flush();
    }
  }

  private static void write(OutputStream out, byte[] bytes, int n, boolean chunked)
      throws IOException {
    if (chunked) {
      out.write((Integer.toHexString(n) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }
    out.write(bytes, 0, n);
    if (chunked) {
      out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static List<String> head(InputStream in) throws IOException {
    List<String> lines = new ArrayList<>();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (b != '\n') {
        line.write(b);
        continue;
      }
      String text = line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
      line.reset();
      if (text.isEmpty()) {
        return lines;
      }
      lines.add(text);
    }
    return lines;
  }

  private static Map<String, String> headers(List<String> head) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line : head.subList(1, head.size())) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    return headers;
  }

  private static long length(Map<String, String> headers) {
    return Long.parseLong(headers.getOrDefault("content-length", "0"));
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
