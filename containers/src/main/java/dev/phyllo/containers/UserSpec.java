package dev.phyllo.containers;

import dev.phyllo.linux.IdMap;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * That a container has a user namespace of its own, so that its root is nobody on the host, and
 * which ids of the host it gets.
 *
 * @param size how many ids of its own the engine picks for it when it starts first; 0 if the maps
 *     say which
 * @param uids its users; no ranges if the engine picks them
 * @param gids its groups, likewise
 */
public record UserSpec(long size, IdMap uids, IdMap gids) {
  /** How many ids every distribution has users and groups for. */
  public static final long USUAL = 65536;

  private static final long LAST = 0xfffffffeL;
  private static final int MAX_RANGES = 340;

  /** As many ids of its own as a container usually needs. */
  public static UserSpec auto() {
    return new UserSpec(USUAL, new IdMap(List.of()), new IdMap(List.of()));
  }

  /**
   * Reads {@code auto} or {@code auto:size=N}.
   *
   * @throws UsageException if it is neither
   */
  public static UserSpec parse(String text) {
    String thing = "--user-ns " + text;
    if (text.equals("auto")) {
      return auto();
    }
    if (text.startsWith("auto:size=")) {
      long size = number(text.substring("auto:size=".length()), thing);
      if (size >= 1 && size <= 1 << 24) {
        return new UserSpec(size, new IdMap(List.of()), new IdMap(List.of()));
      }
    }
    if (text.startsWith("keep-id")) {
      throw new UsageException(
          thing,
          "needs an image whose files are shown to belong to others, which the kernel does for the"
              + " machine's root alone; there nobody's id is to be kept",
          "as an ordinary user, leave it out: root inside is you, and your files are root's");
    }
    throw new UsageException(
        thing, "no such user namespace", "host, auto and auto:size=N are; or give --uidmap");
  }

  /**
   * One whose maps are given in podman's form, {@code INSIDE:OUTSIDE:COUNT} each.
   *
   * @param uids at least one of both lists has something; the other map is then the same
   * @throws UsageException if a map is none, or has no id 0
   */
  public static UserSpec ofMaps(List<String> uids, List<String> gids) {
    IdMap users = map("--uidmap", uids.isEmpty() ? gids : uids);
    IdMap groups = map("--gidmap", gids.isEmpty() ? uids : gids);
    return new UserSpec(0, users, groups);
  }

  private static IdMap map(String option, List<String> texts) {
    List<IdMap.Range> ranges = new ArrayList<>();
    for (String text : texts) {
      ranges.add(range(option + " " + text, text));
    }
    if (ranges.size() > MAX_RANGES) {
      throw new UsageException(
          option, "the kernel takes " + MAX_RANGES + " ranges at most", "give fewer");
    }
    IdMap map = new IdMap(ranges);
    for (int i = 0; i < ranges.size(); i++) {
      for (int j = 0; j < i; j++) {
        IdMap.Range a = ranges.get(i);
        IdMap.Range b = ranges.get(j);
        if (overlap(a.inside(), b.inside(), a, b) || overlap(a.outside(), b.outside(), a, b)) {
          throw new UsageException(
              option + " " + texts.get(i), "overlaps " + texts.get(j), "map each id once");
        }
      }
    }
    if (!map.contains(0)) {
      throw new UsageException(
          option + " " + String.join(" ", texts),
          "maps no id 0, but the root that makes the container ready is one",
          "add 0:" + ranges.getFirst().outside() + ":1");
    }
    return map;
  }

  private static boolean overlap(long a, long b, IdMap.Range ofA, IdMap.Range ofB) {
    return a < b + ofB.count() && b < a + ofA.count();
  }

  private static IdMap.Range range(String thing, String text) {
    List<String> parts = VolumeSyntax.split(text, ':');
    if (parts.size() == 3) {
      long inside = number(parts.get(0), thing);
      long outside = number(parts.get(1), thing);
      long count = number(parts.get(2), thing);
      if (inside >= 0
          && outside >= 0
          && count > 0
          && inside + count - 1 <= LAST
          && outside + count - 1 <= LAST) {
        return new IdMap.Range(inside, outside, count);
      }
    }
    throw new UsageException(
        thing, "not INSIDE:OUTSIDE:COUNT", "write 0:100000:65536 for 100000 to 165535 as 0 on");
  }

  private static long number(String text, String thing) {
    try {
      long value = Long.parseLong(text);
      return value <= 1L << 32 ? value : -1;
    } catch (NumberFormatException e) {
      throw new UsageException(thing, "\"" + text + "\" is no number", "write 0:100000:65536");
    }
  }

  static UserSpec fromJson(JsonObject o) {
    return new UserSpec(
        o.number("size").orElse(0L),
        IdMap.parse(o.string("uids").orElse("")),
        IdMap.parse(o.string("gids").orElse("")));
  }

  Json.Obj toJson() {
    return size > 0
        ? new JsonBuilder().put("size", size).build()
        : new JsonBuilder().put("uids", uids.toFile()).put("gids", gids.toFile()).build();
  }
}
