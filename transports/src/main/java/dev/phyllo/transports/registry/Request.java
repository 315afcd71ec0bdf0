package dev.phyllo.transports.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that can be sent more than once.
 *
 * @param method of HTTP
 * @param uri where to
 * @param scopes what a token must allow, as the token specification writes it
 * @param headers further headers
 * @param body what is sent, or null
 */
record Request(
    String method, URI uri, List<String> scopes, Map<String, String> headers, @Nullable Body body) {

  /** How the forms of OAuth2 are encoded. */
  static final String FORM = "application/x-www-form-urlencoded";

  /** Something to send; it is opened once for each time the request is sent. */
  interface Body {
    /** How many bytes it has. */
    long length();

    /** Its bytes. */
    InputStream open() throws IOException;

    /** These bytes. */
    static Body of(byte[] bytes) {
      return new Body() {
        @Override
        public long length() {
          return bytes.length;
        }

        @Override
        public InputStream open() {
          return new java.io.ByteArrayInputStream(bytes);
        }
      };
    }
  }

  static Request of(String method, URI uri, List<String> scopes) {
    return new Request(method, uri, scopes, Map.of(), null);
  }

  Request with(String header, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(header, value);
    return new Request(method, uri, scopes, all, body);
  }

  Request with(Body newBody) {
    return new Request(method, uri, scopes, headers, newBody);
  }

  Request to(URI other) {
    return new Request(method, other, scopes, headers, body);
  }

  /** Whether it says a password or a token itself, and must not be sent on to another host. */
  boolean isSecret() {
    return headers.containsKey("Authorization")
        || FORM.equals(headers.get("Content-Type")); // OAuth2's, with a refresh token in it
  }

  /** The address without its query, which may be a signature. */
  String shown() {
    return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
  }
}
