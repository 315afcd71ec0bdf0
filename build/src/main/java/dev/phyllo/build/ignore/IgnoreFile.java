package dev.phyllo.build.ignore;

import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Reads ignore files. A line is a pattern; one that begins with {@code #} is a comment; one that
 * begins with {@code !} takes back what patterns before it leave out. Space around a pattern, a
 * slash before it and one behind it mean nothing, and {@code .} and {@code ..} in it are resolved.
 */
public final class IgnoreFile {
  /** The largest file that is read, in bytes. */
  public static final int MAX_BYTES = 1 << 20;

  private static final int MAX_PATTERNS = 10_000;
  private static final int MAX_PATTERN = 4096;

  private IgnoreFile() {}

  /**
   * Where an ignore file may be, the first that exists counts alone.
   *
   * @param name its name
   * @param besideContainerfile whether it is in the Containerfile's directory; otherwise it is in
   *     the context's root
   */
  public record Candidate(String name, boolean besideContainerfile) {}

  /**
   * Where to look for the ignore file of a build: that of the Containerfile alone, then the
   * context's, as buildah and BuildKit do.
   *
   * @param containerfile the Containerfile's name without its directory
   */
  public static List<Candidate> candidates(String containerfile) {
    return List.of(
        new Candidate(containerfile + ".dockerignore", true),
        new Candidate(containerfile + ".containerignore", true),
        new Candidate(".containerignore", false),
        new Candidate(".dockerignore", false));
  }

  /**
   * Reads a file.
   *
   * @param bytes its content: UTF-8, with or without a byte order mark
   * @param name its name, for errors
   * @throws InvalidException if a pattern is malformed, or there is too much of them
   */
  public static Ignore parse(byte[] bytes, String name) {
    if (bytes.length > MAX_BYTES) {
      throw new InvalidException(name, "is larger than a mebibyte", "use wider patterns");
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>(text.lines().toList());
    if (!lines.isEmpty() && lines.getFirst().startsWith("\ufeff")) {
      lines.set(0, lines.getFirst().substring(1));
    }
    lines.replaceAll(line -> line.startsWith("#") ? "" : line);
    return parse(lines, name);
  }

  static Ignore parse(List<String> lines, String name) {
    List<IgnorePattern> patterns = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty()) {
        continue;
      }
      boolean exception = line.startsWith("!");
      String text = clean(exception ? line.substring(1).strip() : line);
      String place = name + ":" + (i + 1);
      if (exception && line.length() == 1) {
        throw new InvalidException(place, "a ! stands without a pattern", "add one behind it");
      }
      if (text.length() > MAX_PATTERN || patterns.size() == MAX_PATTERNS) {
        throw new InvalidException(
            place,
            "is a pattern too " + (text.length() > MAX_PATTERN ? "long" : "many"),
            "use wider patterns");
      }
      try {
        patterns.add(IgnorePattern.of(text, exception));
      } catch (IllegalArgumentException e) {
        throw new InvalidException(
            place, "the pattern " + text + " is malformed: " + e.getMessage(), "put \\ before it");
      }
    }
    return new Ignore(patterns);
  }

  /** Resolves {@code .}, {@code ..} and doubled slashes, and takes a slash off either end. */
  private static String clean(String path) {
    Deque<String> parts = new ArrayDeque<>();
    boolean rooted = path.startsWith("/");
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        if (!parts.isEmpty() && !parts.getLast().equals("..")) {
          parts.removeLast();
        } else if (!rooted) {
          parts.addLast(part);
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return parts.isEmpty() ? "." : String.join("/", parts);
  }
}
