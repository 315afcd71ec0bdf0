package dev.phyllo.containers;

import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;

/**
 * A directory or file of the host that appears inside a container: a bind mount, which outlives the
 * container because it was never part of it.
 *
 * @param source an absolute path of the host
 * @param target an absolute path in the container
 * @param readOnly whether the container may not write
 */
public record Volume(String source, String target, boolean readOnly) {

  /**
   * Reads {@code SRC:DST[:OPTIONS]} as docker's {@code -v} takes it. Of the options, {@code ro} and
   * {@code rw} count; {@code z} and {@code Z} are accepted and mean nothing without SELinux.
   *
   * @throws UsageException if a part is missing, a path is not absolute, or an option is unknown
   */
  public static Volume parse(String text) {
    int first = text.indexOf(':');
    if (first <= 0) {
      throw bad(text, "no destination");
    }
    int second = text.indexOf(':', first + 1);
    String source = text.substring(0, first);
    String target = second < 0 ? text.substring(first + 1) : text.substring(first + 1, second);
    boolean readOnly = false;
    String options = second < 0 ? "" : text.substring(second + 1);
    int start = 0;
    while (start < options.length()) {
      int comma = options.indexOf(',', start);
      int end = comma < 0 ? options.length() : comma;
      switch (options.substring(start, end)) {
        case "ro" -> readOnly = true;
        case "rw", "z", "Z" -> {}
        default -> throw bad(text, "unknown option \"" + options.substring(start, end) + "\"");
      }
      start = end + 1;
    }
    if (!source.startsWith("/")) {
      throw bad(text, "the source is not an absolute path");
    }
    if (!target.startsWith("/") || target.equals("/")) {
      throw bad(text, "the destination is not an absolute path below /");
    }
    return new Volume(source, target, readOnly);
  }

  static Volume fromJson(JsonObject o) {
    return new Volume(
        o.requireString("source"), o.requireString("target"), o.bool("readOnly").orElse(false));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("source", source)
        .put("target", target)
        .put("readOnly", readOnly)
        .build();
  }

  private static UsageException bad(String text, String why) {
    return new UsageException(
        "-v " + text, why, "write -v /source:/destination or -v /source:/destination:ro");
  }
}
