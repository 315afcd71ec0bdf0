package dev.phyllo.snapshots;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is written down of a snapshot: {@code active/KEY.json} or {@code committed/NAME.json}.
 *
 * <p>It lists the directories of the whole chain below. They cannot change while this snapshot
 * exists, for a parent with children is never removed; so a container starts by reading one record,
 * however many layers its image has.
 *
 * @param id the name of its directory
 * @param view whether it is a view; means nothing once committed
 * @param parent the parent's name
 * @param lowers the directories of its parents, nearest first
 * @param labels free notes
 * @param created when it was prepared, in milliseconds since 1970
 * @param updated when the record was last changed
 * @param durable whether the record was to survive a power failure
 * @param usage what it takes, once that is fixed
 */
record SnapshotRecord(
    String id,
    boolean view,
    Optional<String> parent,
    List<String> lowers,
    Map<String, String> labels,
    long created,
    long updated,
    boolean durable,
    Optional<Usage> usage) {

  SnapshotRecord {
    lowers = List.copyOf(lowers);
  }

  SnapshotRecord withLabels(Map<String, String> newLabels, long now) {
    return new SnapshotRecord(id, view, parent, lowers, newLabels, created, now, durable, usage);
  }

  /** The facts of the committed snapshot it becomes. */
  SnapshotRecord committed(
      Optional<String> newParent,
      List<String> newLowers,
      Map<String, String> newLabels,
      long now,
      Usage newUsage) {
    return new SnapshotRecord(
        id, false, newParent, newLowers, newLabels, created, now, true, Optional.of(newUsage));
  }

  /**
   * Reads a record.
   *
   * @throws dev.phyllo.oci.InvalidException if it is not one
   */
  static SnapshotRecord fromJson(JsonObject o) {
    String id = o.requireString("id");
    List<String> lowers = o.strings("lowers");
    checkId(id, o);
    for (String lower : lowers) {
      checkId(lower, o);
    }
    return new SnapshotRecord(
        id,
        o.bool("view").orElse(false),
        o.string("parent"),
        lowers,
        o.stringMap("labels"),
        o.requireNumber("created"),
        o.requireNumber("updated"),
        o.bool("durable").orElse(true),
        o.object("usage").map(u -> new Usage(u.requireNumber("bytes"), u.requireNumber("inodes"))));
  }

  Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder().put("id", id);
    if (view) {
      b.put("view", true);
    }
    b.putIfPresent("parent", parent)
        .putStrings("lowers", lowers)
        .putStringMap("labels", labels)
        .put("created", created)
        .put("updated", updated);
    if (!durable) {
      b.put("durable", false);
    }
    if (usage.isPresent()) {
      JsonBuilder u = new JsonBuilder();
      u.put("bytes", usage.get().bytes()).put("inodes", usage.get().inodes());
      b.put("usage", u.build());
    }
    return b.build();
  }

  /** An id is part of paths that are mounted and removed. */
  static boolean isId(String text) {
    if (text.isEmpty() || text.length() > 18) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static void checkId(String id, JsonObject o) {
    if (!isId(id)) {
      throw new dev.phyllo.oci.InvalidException(
          o.thing(), "\"" + id + "\" is not the id of a snapshot", "");
    }
  }
}
