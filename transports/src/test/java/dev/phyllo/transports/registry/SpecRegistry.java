package dev.phyllo.transports.registry;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A registry in memory that does what the distribution specification 1.1 added, which Debian's
 * docker-registry does not: the referrers API with pages and filters, OCI-Subject, digests other
 * than sha256, and a least length of chunks. It refuses what breaks those rules.
 */
final class SpecRegistry implements AutoCloseable {
  /** How many referrers are on a page. */
  static final int PAGE = 2;

  private final ServerSocket server;
  private final Map<String, byte[]> documents = new ConcurrentHashMap<>();
  private final Map<String, String> types = new ConcurrentHashMap<>();
  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
  private final Map<String, List<Long>> chunks = new ConcurrentHashMap<>();
  private final Map<Digest, Map<String, Descriptor>> referrers = new ConcurrentHashMap<>();
  private final List<String> seen = new ArrayList<>();
  private final Rules rules;

  /**
   * What it does.
   *
   * @param referrers whether it has the referrers API
   * @param filters whether that can filter
   * @param minChunk how long a chunk must be that is not the last; 0 for no rule
   */
  record Rules(boolean referrers, boolean filters, long minChunk) {
    static final Rules ALL = new Rules(true, true, 0);
  }

  SpecRegistry(Rules rules) throws IOException {
    this.rules = rules;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Method and target of each request so far. */
  List<String> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  /** The lengths of the chunks that the uploads of a blob came in. */
  List<Long> chunks(Digest digest) {
    return chunks.getOrDefault(digest.toString(), List.of());
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                serve(socket);
              } catch (IOException _) {
                // The client has gone.
              }
            });
      } catch (IOException _) {
        return;
      }
    }
  }

  private record Request(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      byte[] body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private record Answer(int status, byte[] body, List<String> headers) {
    Answer(int status, String... headers) {
      this(status, new byte[0], List.of(headers));
    }
  }

  private void serve(Socket socket) throws IOException {
    InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    OutputStream out = socket.getOutputStream();
    for (String first = line(in); !first.isEmpty(); first = line(in)) {
      Map<String, String> headers = new TreeMap<>();
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        int colon = header.indexOf(':');
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
      }
      byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
      String[] words = first.split(" ", -1);
      synchronized (seen) {
        seen.add(words[0] + " " + words[1]);
      }
      int question = words[1].indexOf('?');
      String path = question < 0 ? words[1] : words[1].substring(0, question);
      Request request = new Request(words[0], path, query(words[1], question), headers, body);
      Answer answer = answer(request);
      StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " x\r\n");
      answer.headers().forEach(h -> head.append(h).append("\r\n"));
      head.append("Content-Length: ").append(answer.body().length).append("\r\n\r\n");
      out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
      if (!request.method().equals("HEAD")) {
        out.write(answer.body());
      }
      out.flush();
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  private static Map<String, String> query(String target, int question) {
    Map<String, String> query = new TreeMap<>();
    if (question >= 0) {
      for (String pair : target.substring(question + 1).split("&", -1)) {
        int equals = pair.indexOf('=');
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        query.put(
            equals < 0 ? pair : pair.substring(0, equals),
            URLDecoder.decode(value, StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  private Answer answer(Request request) {
    String path = request.path();
    if (path.equals("/v2/")) {
      return new Answer(200);
    }
    String last = path.substring(path.lastIndexOf('/') + 1);
    if (path.contains("/blobs/uploads/")) {
      return upload(request, last);
    }
    if (path.contains("/blobs/")) {
      return found(blobs.get(Digest.parse(last)));
    }
    if (path.contains("/referrers/") && rules.referrers()) {
      return referrers(request, Digest.parse(last));
    }
    if (path.contains("/manifests/")) {
      return request.method().equals("PUT") ? take(request, last) : document(last);
    }
    return new Answer(404);
  }

  private static Answer found(byte @Nullable [] bytes, String... headers) {
    return bytes == null ? new Answer(404) : new Answer(200, bytes, List.of(headers));
  }

  private Answer document(String name) {
    byte[] bytes = documents.get(name);
    return bytes == null
        ? new Answer(404)
        : found(
            bytes,
            "Content-Type: " + types.get(name),
            "Docker-Content-Digest: " + (Digest.isValid(name) ? name : Digest.sha256(bytes)));
  }

  /** A manifest under a tag or a digest; one with a subject is noticed. */
  private Answer take(Request request, String name) {
    byte[] bytes = request.body();
    Digest digest = Digest.isValid(name) ? Digest.parse(name) : Digest.sha256(bytes);
    if (!hash(digest.algorithm(), bytes).equals(digest)) {
      return new Answer(400);
    }
    String type = request.header("content-type");
    for (String key : List.of(name, digest.toString())) {
      documents.put(key, bytes);
      types.put(key, type);
    }
    Optional<Referrers.Subject> subject =
        rules.referrers()
            ? Referrers.subject(Descriptor.of(type, digest, bytes.length), bytes)
            : Optional.empty();
    if (subject.isEmpty()) {
      return new Answer(201, "Location: /v2/x/manifests/" + digest);
    }
    referrers
        .computeIfAbsent(subject.get().of(), _ -> new ConcurrentSkipListMap<>())
        .put(digest.toString(), subject.get().descriptor());
    return new Answer(
        201, "Location: /v2/x/manifests/" + digest, "OCI-Subject: " + subject.get().of());
  }

  private static Digest hash(Digest.Algorithm algorithm, byte[] bytes) {
    return Digest.of(algorithm, algorithm.newMessageDigest().digest(bytes));
  }

  private Answer referrers(Request request, Digest subject) {
    String type = request.query().getOrDefault("artifactType", "");
    boolean filtered = rules.filters() && !type.isEmpty();
    List<Descriptor> all = new ArrayList<>();
    for (Descriptor d : referrers.getOrDefault(subject, Map.of()).values()) {
      if (!filtered || d.artifactType().equals(Optional.of(type))) {
        all.add(d);
      }
    }
    int from = Integer.parseInt(request.query().getOrDefault("from", "0"));
    int to = Math.min(from + PAGE, all.size());
    List<String> headers = new ArrayList<>();
    headers.add("Content-Type: application/vnd.oci.image.index.v1+json");
    if (filtered) {
      headers.add("OCI-Filters-Applied: artifactType");
    }
    if (to < all.size()) {
      String filter =
          type.isEmpty() ? "" : "&artifactType=" + URLEncoder.encode(type, StandardCharsets.UTF_8);
      headers.add("Link: <" + request.path() + "?from=" + to + filter + ">; rel=\"next\"");
    }
    return new Answer(200, Index.of(all.subList(from, to)).toBytes(), headers);
  }

  private Answer upload(Request request, String session) {
    if (request.method().equals("POST")) {
      String id = Integer.toString(uploads.size());
      uploads.put(id, new ByteArrayOutputStream());
      chunks.put(id, new ArrayList<>());
      List<String> headers = new ArrayList<>(List.of("Location: /v2/x/blobs/uploads/" + id));
      if (rules.minChunk() > 0) {
        headers.add("OCI-Chunk-Min-Length: " + rules.minChunk());
      }
      return new Answer(202, new byte[0], headers);
    }
    ByteArrayOutputStream bytes = uploads.get(session);
    if (bytes == null) {
      return new Answer(404);
    }
    List<Long> lengths = chunks.computeIfAbsent(session, _ -> new ArrayList<>());
    if (request.body().length > 0) {
      // Only the last may be short: none may follow one that was.
      if (!lengths.isEmpty() && lengths.getLast() < rules.minChunk()) {
        return new Answer(416);
      }
      lengths.add((long) request.body().length);
      bytes.writeBytes(request.body());
    }
    if (request.method().equals("PATCH")) {
      return new Answer(
          202,
          "Location: /v2/x/blobs/uploads/" + session,
          "Range: 0-" + Math.max(0, bytes.size() - 1));
    }
    Digest digest = Digest.parse(request.query().getOrDefault("digest", ""));
    if (!hash(digest.algorithm(), bytes.toByteArray()).equals(digest)) {
      return new Answer(400);
    }
    blobs.put(digest, bytes.toByteArray());
    chunks.put(digest.toString(), lengths);
    return new Answer(201, "Location: /v2/x/blobs/" + digest);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
