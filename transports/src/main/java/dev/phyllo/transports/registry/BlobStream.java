package dev.phyllo.transports.registry;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A blob's bytes, whatever the network does: where a connection breaks it goes on from the byte it
 * has come to, by a range request, at the same endpoint or the next. Not verified by digest, which
 * whoever reads it does; but never longer than the descriptor says, and never shorter.
 */
final class BlobStream extends InputStream {
  /** After so many bytes a broken connection is not held against the server any more. */
  private static final long PROGRESS = 1 << 20;

  private final List<Endpoint> endpoints;
  private final Descriptor descriptor;
  private final String thing;
  private int endpoint;
  private @Nullable Response response;
  private long position;
  private long progressFrom;
  private int failures;
  private @Nullable PhylloException mirrorFailed;

  /**
   * Opens it.
   *
   * @param endpoints where it can be had, best first
   * @param offset the first byte wanted
   */
  BlobStream(List<Endpoint> endpoints, Descriptor descriptor, long offset, String thing) {
    this.endpoints = endpoints;
    this.descriptor = descriptor;
    this.thing = thing;
    this.position = offset;
    this.progressFrom = offset;
    while (endpoint + 1 < endpoints.size() && endpoints.get(endpoint).host().isDown()) {
      endpoint++;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    if (len == 0) {
      return 0;
    }
    while (true) {
      if (position == descriptor.size()) {
        return atEnd();
      }
      Response from = response;
      try {
        if (from == null) {
          from = connect();
          response = from;
        }
        int most = (int) Math.min(len, descriptor.size() - position);
        int n = from.body().read(b, off, most);
        if (n > 0) {
          position += n;
          return n;
        }
        throw new IOException(
            "the body ended after " + position + " of " + descriptor.size() + " bytes");
      } catch (IOException e) {
        drop();
        failed(e);
      }
    }
  }

  /** A blob that goes on is not the blob. */
  private int atEnd() throws IOException {
    Response from = response;
    if (from != null) {
      int more;
      try {
        more = from.contentLength() >= 0 ? -1 : from.body().read();
      } catch (IOException _) {
        more = -1; // everything that was wanted is here
      }
      if (more >= 0) {
        throw corrupt("longer than the " + descriptor.size() + " bytes its descriptor says");
      }
      close();
    }
    return -1;
  }

  private void failed(IOException e) {
    Endpoint at = endpoints.get(endpoint);
    if (position - progressFrom >= PROGRESS) {
      failures = 0;
      progressFrom = position;
    }
    failures++;
    Request request = request(at);
    if (failures >= at.host().attempts()) {
      next(NetworkFailure.of(request, e));
      return;
    }
    at.host().tellRetry(request, NetworkFailure.reason(e) + ", at byte " + position);
    at.host().pauseBefore(failures);
  }

  /** Goes on to the next endpoint, or gives up with what the last one said. */
  private void next(PhylloException why) {
    if (endpoint + 1 >= endpoints.size()) {
      throw why;
    }
    mirrorFailed = why;
    endpoint++;
    failures = 0;
  }

  private Request request(Endpoint at) {
    Request request =
        Request.of("GET", at.uri("blobs/" + descriptor.digest()), at.pull())
            // The bytes as they are: a proxy that compresses them again would change them.
            .with("Accept-Encoding", "identity");
    return position == 0 ? request : request.with("Range", "bytes=" + position + "-");
  }

  private Response connect() throws IOException {
    while (true) {
      Endpoint at = endpoints.get(endpoint);
      Response answer = null;
      boolean taken = false;
      try {
        answer = at.host().send(request(at));
        check(at, answer);
        taken = true;
        return answer;
      } catch (PhylloException e) {
        if (mirrorFailed != null) {
          e.addSuppressed(mirrorFailed);
        }
        next(e);
      } finally {
        if (!taken && answer != null) {
          answer.body().close();
        }
      }
    }
  }

  private void check(Endpoint at, Response answer) throws IOException {
    long rest = descriptor.size() - position;
    switch (answer.status()) {
      case 200 -> {
        checkLength(answer, descriptor.size());
        // The server takes no ranges: what is here already comes again and is passed over.
        answer.body().skipNBytes(position);
      }
      case 206 -> {
        Optional<String> range = answer.header("content-range");
        String wanted = "bytes " + position + "-" + (descriptor.size() - 1) + "/";
        if (range.isEmpty()
            || !range.get().startsWith(wanted)
            || !range.get().endsWith("/" + descriptor.size()) && !range.get().endsWith("/*")) {
          throw corrupt("the registry sends another range than the bytes from " + position + " on");
        }
        checkLength(answer, rest);
      }
      default -> throw Manifests.refused(at.host(), answer, thing, "the registry does not have it");
    }
  }

  private void checkLength(Response answer, long expected) {
    if (answer.contentLength() >= 0 && answer.contentLength() != expected) {
      throw corrupt(
          "the registry sends "
              + answer.contentLength()
              + " bytes where its descriptor says "
              + expected);
    }
  }

  private CorruptException corrupt(String why) {
    return new CorruptException(thing, why, "do not trust this registry, or what lies between");
  }

  private void drop() {
    Response from = response;
    response = null;
    if (from != null) {
      try {
        from.body().close();
      } catch (IOException _) {
        // It is broken.
      }
    }
  }

  @Override
  public void close() {
    Response from = response;
    response = null;
    if (from == null) {
      return;
    }
    if (position == descriptor.size()) {
      from.close(); // read to the end, the connection can serve again
      return;
    }
    try {
      from.body().close();
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }
}
