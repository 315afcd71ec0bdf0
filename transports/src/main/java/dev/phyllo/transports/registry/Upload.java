package dev.phyllo.transports.registry;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.transports.BlobContent;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings one blob to a registry (distribution specification, "Pushing blobs"): a short one by POST
 * and PUT, a long one in chunks by PATCH, of which after a failure only what the registry has not
 * got is sent again. The bytes are hashed on the way; what is not the blob is never finished.
 */
final class Upload {
  /** Longer blobs go in chunks of this size, or of what the registry wants at least. */
  static final long CHUNK = 32L << 20;

  private final Endpoint endpoint;
  private final String name;
  private long chunk = CHUNK;

  Upload(Endpoint endpoint, String name) {
    this.endpoint = endpoint;
    this.name = name;
  }

  /** Asks for a blob of another repository; whether it is here now. */
  boolean mount(Digest digest, String from) {
    URI uri =
        endpoint.uri(
            "blobs/uploads/?mount="
                + digest
                + "&from="
                + URLEncoder.encode(from, StandardCharsets.UTF_8));
    Request request = Request.of("POST", uri, endpoint.pushAndPull(from));
    try (Response response = endpoint.host().send(request)) {
      if (response.status() == 202) {
        cancel(location(response));
      }
      return response.status() == 201;
    }
  }

  void upload(Descriptor descriptor, BlobContent content) {
    if (descriptor.size() <= CHUNK) {
      whole(descriptor, content);
    } else {
      chunked(descriptor, content);
    }
  }

  private URI begin(Descriptor descriptor) {
    String query =
        descriptor.digest().algorithm() == Digest.Algorithm.SHA256
            ? ""
            : "?digest-algorithm=" + descriptor.digest().algorithm().token();
    Request request = Request.of("POST", endpoint.uri("blobs/uploads/" + query), endpoint.push());
    try (Response response = endpoint.host().send(request)) {
      if (response.status() != 202) {
        throw refused(response, descriptor);
      }
      chunk = Math.max(CHUNK, response.number("oci-chunk-min-length"));
      return location(response);
    }
  }

  private void whole(Descriptor descriptor, BlobContent content) {
    // A location is good for one attempt: what was sent of it is lost with the connection.
    for (int attempt = 1; ; attempt++) {
      URI location = begin(descriptor);
      Piece piece = new Piece(descriptor, content, 0, descriptor.size(), newHash(descriptor), true);
      try (Response response = send("PUT", finish(location, descriptor), piece)) {
        if (response.status() / 100 == 2) {
          return;
        }
        boolean lost = response.status() == 404 || response.status() == 416;
        if (!lost || attempt >= endpoint.host().attempts()) {
          throw refused(response, descriptor);
        }
      } catch (SystemException e) {
        piece.rethrow();
        if (attempt >= endpoint.host().attempts()) {
          throw e;
        }
      }
      endpoint.host().pauseBefore(attempt);
    }
  }

  private void chunked(Descriptor descriptor, BlobContent content) {
    URI location = begin(descriptor);
    MessageDigest hash = newHash(descriptor);
    long offset = 0;
    int failures = 0;
    while (offset < descriptor.size()) {
      long end = offset + Math.min(chunk, descriptor.size() - offset);
      Piece piece =
          new Piece(descriptor, content, offset, end, copy(hash), end == descriptor.size());
      long reached = offset;
      try (Response response = send("PATCH", location, piece)) {
        if (response.status() / 100 == 2) {
          location = location(response);
          reached = acknowledged(response, end);
        } else if (response.status() != 416) {
          throw refused(response, descriptor);
        }
      } catch (SystemException e) {
        piece.rethrow();
        if (++failures >= endpoint.host().attempts()) {
          throw e;
        }
        endpoint.host().pauseBefore(failures);
      }
      if (reached == end) {
        hash = piece.hash();
        offset = end;
        failures = 0;
        continue;
      }
      // Ask what has arrived, and go on from there.
      Request status = Request.of("GET", location, endpoint.push());
      try (Response response = endpoint.host().send(status)) {
        if (response.status() / 100 != 2) {
          if (++failures >= endpoint.host().attempts()) {
            throw refused(response, descriptor);
          }
          location = begin(descriptor);
          reached = 0;
        } else {
          location = location(response);
          reached = acknowledged(response, offset);
        }
      }
      if (reached < offset || reached > end) {
        hash = newHash(descriptor);
        offset = 0;
        if (reached != 0) {
          location = begin(descriptor);
        }
      } else if (reached > offset) {
        hashOver(descriptor, content, offset, reached, hash);
        offset = reached;
      }
      if (++failures > 2 * endpoint.host().attempts()) {
        throw new SystemException(
            thing(descriptor),
            "the registry does not take its chunks",
            "try again; ask who runs the registry if it stays so",
            null);
      }
    }
    Request close =
        Request.of("PUT", finish(location, descriptor), endpoint.push())
            .with("Content-Type", "application/octet-stream");
    try (Response response = endpoint.host().send(close)) {
      if (response.status() / 100 != 2) {
        throw refused(response, descriptor);
      }
    }
  }

  /** The number of bytes that the registry says it has, by the header Range: {@code 0-LAST}. */
  private static long acknowledged(Response response, long otherwise) {
    Optional<String> range = response.header("range");
    if (range.isEmpty()) {
      return otherwise;
    }
    String text = range.get().startsWith("bytes=") ? range.get().substring(6) : range.get();
    int dash = text.indexOf('-');
    try {
      long last = Long.parseLong(text.substring(dash + 1));
      // Nothing yet is 0-0 too, in registries that cannot say otherwise.
      return last == 0 ? 0 : last + 1;
    } catch (NumberFormatException _) {
      return otherwise;
    }
  }

  private Response send(String method, URI uri, Piece piece) {
    Request request =
        new Request(method, uri, endpoint.push(), java.util.Map.of(), piece)
            .with("Content-Type", "application/octet-stream");
    if (method.equals("PATCH")) {
      request = request.with("Content-Range", piece.start + "-" + (piece.end - 1));
    }
    return endpoint.host().sendOnce(request);
  }

  private URI location(Response response) {
    String text = response.header("location").orElse("");
    URI location;
    try {
      location = response.uri().resolve(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(name, "the registry names no place to upload to", "", e);
    }
    String scheme = String.valueOf(location.getScheme());
    if (text.isEmpty() || !scheme.equals("http") && !scheme.equals("https")) {
      throw new InvalidException(name, "the registry names no place to upload to", "");
    }
    if (scheme.equals("http")
        && "https".equals(response.uri().getScheme())
        && String.valueOf(location.getHost()).equals(response.uri().getHost())) {
      // A registry behind a proxy that ends TLS does not know better: skopeo and docker do so too.
      location = URI.create("https" + location.toString().substring(4));
    }
    if (scheme.equals("http")
        && "https".equals(response.uri().getScheme())
        && !"https".equals(location.getScheme())) {
      throw new InvalidException(name, "the registry wants the upload without encryption", "");
    }
    return location;
  }

  private static URI finish(URI location, Descriptor descriptor) {
    String text = location.toString();
    return URI.create(
        text + (location.getRawQuery() == null ? "?" : "&") + "digest=" + descriptor.digest());
  }

  private void cancel(URI location) {
    try (Response _ = endpoint.host().send(Request.of("DELETE", location, endpoint.push()))) {
      // The registry forgets unfinished uploads by itself too.
    } catch (PhylloException _) {
      // As above.
    }
  }

  private PhylloException refused(Response response, Descriptor descriptor) {
    return Manifests.refused(
        endpoint.host(), response, thing(descriptor), "the registry lost the upload");
  }

  private String thing(Descriptor descriptor) {
    return name + "@" + descriptor.digest();
  }

  private static MessageDigest newHash(Descriptor descriptor) {
    return descriptor.digest().algorithm().newMessageDigest();
  }

  private static MessageDigest copy(MessageDigest hash) {
    try {
      return (MessageDigest) hash.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("every JDK can copy SHA-2", e);
    }
  }

  private void hashOver(
      Descriptor descriptor, BlobContent content, long from, long to, MessageDigest hash) {
    byte[] buffer = new byte[1 << 16];
    long left = to - from;
    try (InputStream in = content.open(from)) {
      while (left > 0) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          throw new CorruptException(thing(descriptor), "ends early", "try again");
        }
        hash.update(buffer, 0, n);
        left -= n;
      }
    } catch (IOException e) {
      throw new SystemException(thing(descriptor), e);
    }
  }

  /** Part of a blob as the body of a request; verified if it is the last part. */
  private static final class Piece implements Request.Body {
    private final Descriptor descriptor;
    private final BlobContent content;
    private final long start;
    private final long end;
    private final MessageDigest before;
    private final boolean last;
    private volatile @Nullable MessageDigest after;
    private volatile @Nullable PhylloException failure;

    Piece(
        Descriptor descriptor,
        BlobContent content,
        long start,
        long end,
        MessageDigest before,
        boolean last) {
      this.descriptor = descriptor;
      this.content = content;
      this.start = start;
      this.end = end;
      this.before = before;
      this.last = last;
    }

    @Override
    public long length() {
      return end - start;
    }

    @Override
    public InputStream open() {
      return new Verifying(content.open(start), copy(before));
    }

    /** The hash of everything up to the end. */
    MessageDigest hash() {
      MessageDigest hash = after;
      if (hash == null) {
        throw new IllegalStateException("the registry took what was not sent");
      }
      return hash;
    }

    /** Throws what went wrong on our side, which the client hides behind an error of its own. */
    void rethrow() {
      PhylloException failed = failure;
      if (failed != null) {
        throw failed;
      }
    }

    private final class Verifying extends FilterInputStream {
      private final MessageDigest hash;
      private long left = end - start;

      Verifying(InputStream in, MessageDigest hash) {
        super(in);
        this.hash = hash;
      }

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] b, int off, int len) throws IOException {
        if (left == 0) {
          return -1;
        }
        try {
          int n = in.read(b, off, (int) Math.min(len, left));
          if (n < 0) {
            throw wrong("ends early");
          }
          hash.update(b, off, n);
          left -= n;
          if (left == 0) {
            check();
            after = hash;
          }
          return n;
        } catch (PhylloException e) {
          failure = e;
          throw new IOException(e);
        } catch (IOException e) {
          failure = new SystemException(descriptor.digest().toString(), e);
          throw e;
        }
      }

      /** Before the last bytes are handed on, so that a wrong blob is never whole elsewhere. */
      private void check() {
        if (!last) {
          return;
        }
        Digest actual = Digest.of(descriptor.digest().algorithm(), copy(hash).digest());
        if (!actual.equals(descriptor.digest())) {
          throw wrong("its bytes have the digest " + actual);
        }
      }

      private CorruptException wrong(String why) {
        return new CorruptException(
            descriptor.digest().toString(), why, "get the image again from where it came from");
      }
    }
  }
}
