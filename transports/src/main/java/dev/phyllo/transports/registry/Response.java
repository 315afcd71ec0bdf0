package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Optional;

/**
 * What a server answered; its body is read by whoever got it, and closed.
 *
 * @param status of HTTP
 * @param headers as they came
 * @param body its bytes, of unknown length
 * @param uri what answered, after redirects
 */
record Response(int status, HttpHeaders headers, InputStream body, URI uri)
    implements AutoCloseable {
  private static final int MAX_ERROR_BYTES = 64 << 10;
  private static final int MAX_SHOWN = 300;

  /** A header's first value. */
  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** The header Content-Length, or -1 where it is missing or no number. */
  long contentLength() {
    return number("content-length");
  }

  /** The number in a header, or -1 where it is missing or no number. */
  long number(String name) {
    try {
      return headers.firstValueAsLong(name).orElse(-1);
    } catch (NumberFormatException _) {
      return -1;
    }
  }

  /**
   * The whole body.
   *
   * @throws InvalidException if it is longer
   */
  byte[] bytes(int max, String thing) throws IOException {
    if (contentLength() > max) {
      throw new InvalidException(
          thing,
          "an answer of " + contentLength() + " bytes is over the limit of " + max,
          "ask who runs the registry");
    }
    byte[] bytes = body.readNBytes(max + 1);
    if (bytes.length > max) {
      throw new InvalidException(
          thing, "the answer is over the limit of " + max + " bytes", "ask who runs the registry");
    }
    return bytes;
  }

  /** What the registry says about an error (distribution specification, "Error Codes"). */
  String complaint() {
    String says = "";
    try {
      byte[] bytes = body.readNBytes(MAX_ERROR_BYTES);
      List<JsonObject> errors = JsonCodec.parseObject(bytes, "").objects("errors");
      if (!errors.isEmpty()) {
        String code = errors.getFirst().string("code").orElse("");
        String message = errors.getFirst().string("message").orElse("");
        says = message.isEmpty() ? code : message;
      }
    } catch (IOException | PhylloException _) {
      // A proxy's page for people, or nothing.
    }
    if (says.length() > MAX_SHOWN) {
      says = says.substring(0, MAX_SHOWN) + "…";
    }
    return "status " + status + (says.isEmpty() ? "" : ": " + says);
  }

  /** Reads a short rest, so that the connection can be used again, and closes. */
  @Override
  public void close() {
    try (body) {
      body.readNBytes(MAX_ERROR_BYTES);
    } catch (IOException _) {
      // The connection is lost, and nobody wanted it.
    }
  }
}
