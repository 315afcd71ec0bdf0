package dev.phyllo.oci;

import java.util.Locale;
import java.util.Optional;

/**
 * The name of an image, normalised as docker does: {@code busybox} is {@code
 * docker.io/library/busybox:latest}.
 *
 * <p>The grammar is the one of the distribution project's {@code reference} package. It is read by
 * hand rather than with regular expressions: names are parsed when a container starts, where
 * loading the regex engine would cost more than everything else here, and they come from archives,
 * where a long one would exhaust the stack of Java's backtracking matcher.
 *
 * <p>Like a {@link Digest}, a value of this type is always well-formed.
 *
 * @param domain the registry's host and port, such as {@code docker.io}
 * @param path the repository below it, such as {@code library/busybox}; at most 255 characters
 * @param tag the tag; {@code latest} if neither tag nor digest was given
 * @param digest the digest, if one was given
 */
public record Reference(String domain, String path, Optional<String> tag, Optional<Digest> digest) {

  private static final String DEFAULT_DOMAIN = "docker.io";
  private static final String LEGACY_DOMAIN = "index.docker.io";
  private static final String LOCALHOST = "localhost";
  private static final String OFFICIAL = "library/";
  private static final int MAX_DOMAIN = 259; // the longest name of a host, 253, and a port
  private static final int MAX_PATH = 255;
  private static final int MAX_TAG = 128;
  private static final int ID_LENGTH = 64;

  /**
   * Checks the parts; see {@link #parse} for text from outside.
   *
   * @throws InvalidException if a part is not what the grammar allows
   */
  public Reference {
    check(domain, path, tag, domain + "/" + path);
  }

  /**
   * Reads a name as a user types it.
   *
   * @throws InvalidException if it is not a reference
   */
  public static Reference parse(String text) {
    if (text.length() == ID_LENGTH && isLowerHex(text)) {
      throw invalid(text, "64 hex digits are an id, not a name");
    }
    String rest = text;
    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      try {
        digest = Optional.of(Digest.parse(rest.substring(at + 1)));
      } catch (InvalidException e) {
        throw new InvalidException(shown(text), e.thing() + ": " + e.why(), e.remedy(), e);
      }
      rest = rest.substring(0, at);
    }
    Optional<String> tag = Optional.empty();
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = Optional.of(rest.substring(colon + 1));
      rest = rest.substring(0, colon);
    } else if (digest.isEmpty()) {
      tag = Optional.of("latest");
    }
    String domain = DEFAULT_DOMAIN;
    String path = rest;
    int slash = rest.indexOf('/');
    if (slash >= 0 && looksLikeDomain(rest.substring(0, slash))) {
      domain = rest.substring(0, slash);
      path = rest.substring(slash + 1);
    }
    if (domain.equals(LEGACY_DOMAIN)) {
      domain = DEFAULT_DOMAIN;
    }
    if (domain.equals(DEFAULT_DOMAIN) && path.indexOf('/') < 0) {
      path = OFFICIAL + path;
    }
    check(domain, path, tag, text);
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

  /** The name as people write it: {@code busybox:latest}. Parsing it gives this reference again. */
  public String familiar() {
    return withSuffix(familiarRepository());
  }

  /** The repository as people write it: {@code busybox}. */
  public String familiarRepository() {
    if (!domain.equals(DEFAULT_DOMAIN)) {
      return repository();
    }
    int slash = path.indexOf('/');
    if (path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0) {
      return path.substring(OFFICIAL.length());
    }
    // Without its registry, docker.io/example.com/app would name another one.
    return slash < 0 || looksLikeDomain(path.substring(0, slash)) ? repository() : path;
  }

  /**
   * The same repository under another tag, without digest.
   *
   * @throws InvalidException if it is not a tag
   */
  public Reference withTag(String newTag) {
    return new Reference(domain, path, Optional.of(newTag), Optional.empty());
  }

  @Override
  public String toString() {
    return canonical();
  }

  private String withSuffix(String name) {
    String tagged = tag.isPresent() ? name + ":" + tag.get() : name;
    return digest.isPresent() ? tagged + "@" + digest.get() : tagged;
  }

  /** Docker's rule for the first of several components: is it a registry or a user's name? */
  private static boolean looksLikeDomain(String first) {
    return first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.equals(LOCALHOST)
        || !first.equals(first.toLowerCase(Locale.ROOT));
  }

  private static void check(String domain, String path, Optional<String> tag, String text) {
    if (domain.length() > MAX_DOMAIN || !isDomain(domain)) {
      throw invalid(text, "\"" + shown(domain) + "\" is not a registry");
    }
    if (!isPath(path)) {
      throw invalid(text, "a repository is lower-case words between slashes");
    }
    if (path.length() > MAX_PATH) {
      throw invalid(text, "the repository is longer than " + MAX_PATH + " characters");
    }
    if (tag.isPresent() && !isTag(tag.get())) {
      throw invalid(text, "\"" + shown(tag.get()) + "\" is not a tag");
    }
  }

  /** {@code host[:port]}; the host is labels between dots or an IPv6 address in brackets. */
  private static boolean isDomain(String s) {
    int end = s.length();
    int colon = s.lastIndexOf(':');
    if (colon > s.indexOf(']')) {
      for (int i = colon + 1; i < end; i++) {
        if (!isDigit(s.charAt(i))) {
          return false;
        }
      }
      if (colon + 1 == end) {
        return false;
      }
      end = colon;
    }
    if (end > 0 && s.charAt(0) == '[') {
      return isBracketed(s, end);
    }
    int label = 0; // where the current label starts
    for (int i = 0; i <= end; i++) {
      if (i == end || s.charAt(i) == '.') {
        if (i == label || s.charAt(label) == '-' || s.charAt(i - 1) == '-') {
          return false;
        }
        label = i + 1;
      } else if (!isLetter(s.charAt(i)) && !isDigit(s.charAt(i)) && s.charAt(i) != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean isBracketed(String s, int end) {
    if (end < 3 || s.charAt(end - 1) != ']') {
      return false;
    }
    for (int i = 1; i < end - 1; i++) {
      char c = s.charAt(i);
      if (!isDigit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F') && c != ':') {
        return false;
      }
    }
    return true;
  }

  /**
   * Components between slashes; each is runs of lower-case letters and digits joined by one dot,
   * one or two underscores, or any number of hyphens.
   */
  private static boolean isPath(String s) {
    int i = 0;
    while (true) {
      int run = i;
      while (i < s.length() && (isLower(s.charAt(i)) || isDigit(s.charAt(i)))) {
        i++;
      }
      if (i == run) {
        return false;
      }
      if (i == s.length()) {
        return true;
      }
      switch (s.charAt(i)) {
        case '/', '.' -> i++;
        case '_' -> i += s.startsWith("__", i) ? 2 : 1;
        case '-' -> {
          while (i < s.length() && s.charAt(i) == '-') {
            i++;
          }
        }
        default -> {
          return false;
        }
      }
    }
  }

  private static boolean isTag(String s) {
    if (s.isEmpty() || s.length() > MAX_TAG) {
      return false;
    }
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      boolean word = isLetter(c) || isDigit(c) || c == '_';
      if (!word && (i == 0 || c != '.' && c != '-')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLowerHex(String s) {
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (!isDigit(c) && !(c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  // Of ASCII only: Character.isDigit knows digits of every script.

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isLetter(char c) {
    return isLower(c) || c >= 'A' && c <= 'Z';
  }

  private static String shown(String text) {
    return text.length() <= 300 ? text : text.substring(0, 300) + "…";
  }

  private static InvalidException invalid(String text, String why) {
    return new InvalidException(
        text.isEmpty() ? "\"\"" : shown(text),
        "not an image name: " + why,
        "write [registry/]repository[:tag][@digest], such as busybox:1.36");
  }
}
