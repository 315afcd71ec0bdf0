package dev.phyllo.oci;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of an image, normalised as docker does: {@code busybox} is {@code
 * docker.io/library/busybox:latest}.
 *
 * <p>The grammar is the one of the distribution project's {@code reference} package.
 *
 * @param domain the registry's host and port, such as {@code docker.io}
 * @param path the repository below it, such as {@code library/busybox}
 * @param tag the tag; {@code latest} if neither tag nor digest was given
 * @param digest the digest, if one was given
 */
public record Reference(String domain, String path, Optional<String> tag, Optional<Digest> digest) {

  private static final String DEFAULT_DOMAIN = "docker.io";
  private static final String LEGACY_DOMAIN = "index.docker.io";
  private static final String OFFICIAL = "library/";
  private static final int MAX_NAME = 255;

  /** Patterns load lazily: many commands never parse a name. */
  private static final class Grammar {
    private static final String LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    static final Pattern DOMAIN =
        Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?");
    private static final String COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
    static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    static final Pattern HEX = Pattern.compile("[a-f0-9]{64}");

    private Grammar() {}
  }

  /**
   * Reads a name as a user types it.
   *
   * @throws InvalidException if it is not a reference
   */
  public static Reference parse(String text) {
    if (Grammar.HEX.matcher(text).matches()) {
      throw invalid(text, "64 hex digits are an id, not a name");
    }
    String rest = text;
    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      try {
        digest = Optional.of(Digest.parse(rest.substring(at + 1)));
      } catch (InvalidException e) {
        throw new InvalidException(text, e.thing() + ": " + e.why(), e.remedy(), e);
      }
      rest = rest.substring(0, at);
    }
    Optional<String> tag = Optional.empty();
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      String t = rest.substring(colon + 1);
      if (!Grammar.TAG.matcher(t).matches()) {
        throw invalid(text, "\"" + t + "\" is not a tag");
      }
      tag = Optional.of(t);
      rest = rest.substring(0, colon);
    } else if (digest.isEmpty()) {
      tag = Optional.of("latest");
    }
    String domain = DEFAULT_DOMAIN;
    String path = rest;
    int slash = rest.indexOf('/');
    if (slash >= 0) {
      String first = rest.substring(0, slash);
      if (first.indexOf('.') >= 0
          || first.indexOf(':') >= 0
          || first.equals("localhost")
          || !first.equals(first.toLowerCase(java.util.Locale.ROOT))) {
        domain = first;
        path = rest.substring(slash + 1);
      }
    }
    if (domain.equals(LEGACY_DOMAIN)) {
      domain = DEFAULT_DOMAIN;
    }
    if (domain.equals(DEFAULT_DOMAIN) && path.indexOf('/') < 0) {
      path = OFFICIAL + path;
    }
    if (!Grammar.DOMAIN.matcher(domain).matches()) {
      throw invalid(text, "\"" + domain + "\" is not a registry");
    }
    if (!Grammar.PATH.matcher(path).matches()) {
      throw invalid(text, "a repository is lower-case words between slashes");
    }
    if (domain.length() + 1 + path.length() > MAX_NAME) {
      throw invalid(text, "longer than " + MAX_NAME + " characters");
    }
    return new Reference(domain, path, tag, digest);
  }

  /** Registry and repository: {@code docker.io/library/busybox}. */
  public String repository() {
    return domain + "/" + path;
  }

  /** The full name: {@code docker.io/library/busybox:latest}. */
  public String canonical() {
    return withSuffix(repository());
  }

  /** The name as people write it: {@code busybox:latest}. */
  public String familiar() {
    return withSuffix(familiarRepository());
  }

  /** The repository as people write it: {@code busybox}. */
  public String familiarRepository() {
    if (!domain.equals(DEFAULT_DOMAIN)) {
      return repository();
    }
    return path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0
        ? path.substring(OFFICIAL.length())
        : path;
  }

  /** The same repository under another tag. */
  public Reference withTag(String newTag) {
    return parse(repository() + ":" + newTag);
  }

  @Override
  public String toString() {
    return canonical();
  }

  private String withSuffix(String name) {
    return name + tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
  }

  private static InvalidException invalid(String text, String why) {
    String shown = text.length() <= 300 ? text : text.substring(0, 300) + "…";
    return new InvalidException(
        shown.isEmpty() ? "\"\"" : shown,
        "not an image name: " + why,
        "write [registry/]repository[:tag][@digest], such as busybox:1.36");
  }
}
