package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Lists that come in pages (distribution specification, "Listing Tags"; RFC 8288). */
final class Tags {
  private static final int MAX_PAGES = 1000;
  private static final int MAX_TAGS = 1_000_000;

  private final Endpoint endpoint;
  private final String name;

  Tags(Endpoint endpoint, String name) {
    this.endpoint = endpoint;
    this.name = name;
  }

  List<String> list() {
    Set<String> tags = new LinkedHashSet<>();
    Optional<URI> next = Optional.of(endpoint.uri("tags/list?n=1000"));
    for (int page = 0; next.isPresent(); page++) {
      if (page == MAX_PAGES || tags.size() > MAX_TAGS) {
        throw new InvalidException(name, "a list of tags without end", "");
      }
      URI uri = next.get();
      try (Response response = endpoint.host().send(Request.of("GET", uri, endpoint.pull()))) {
        if (response.status() != 200) {
          throw Manifests.refused(
              endpoint.host(), response, name, "no such repository in the registry");
        }
        byte[] bytes = response.bytes(JsonCodec.MAX_BYTES, name);
        tags.addAll(JsonCodec.parseObject(bytes, name).strings("tags"));
        next = next(response, name).filter(n -> !n.equals(uri));
      } catch (IOException e) {
        throw new SystemException(name, e);
      }
    }
    return new ArrayList<>(tags);
  }

  /** The address in a header {@code Link: <…>; rel="next"}, which must be on the same host. */
  static Optional<URI> next(Response response, String thing) {
    for (String link : response.headers().allValues("link")) {
      int open = link.indexOf('<');
      int close = link.indexOf('>');
      if (open < 0 || close < open || link.indexOf("next", close) < 0) {
        continue;
      }
      URI from = response.uri();
      URI next;
      try {
        next = from.resolve(link.substring(open + 1, close));
      } catch (IllegalArgumentException e) {
        throw new InvalidException(thing, "a link to the next page that is no address", "", e);
      }
      if (!String.valueOf(from.getRawAuthority()).equals(next.getRawAuthority())
          || !String.valueOf(from.getScheme()).equals(next.getScheme())) {
        throw new InvalidException(
            thing, "a link to the next page at another host, " + next.getRawAuthority(), "");
      }
      return Optional.of(next);
    }
    return Optional.empty();
  }
}
