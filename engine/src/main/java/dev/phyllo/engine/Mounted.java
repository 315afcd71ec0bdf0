package dev.phyllo.engine;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;

/**
 * Something that was mounted on request, as its record describes it.
 *
 * @param id the record's name
 * @param kind {@code image}, {@code container} or {@code snapshot}
 * @param name what the user asked for
 * @param target where it is mounted, an absolute path
 * @param snapshotter whose snapshot is shown
 * @param snapshot the key of the snapshot that is shown
 * @param writable whether it can be written
 * @param ownSnapshot whether the snapshot was made for this mount and goes with it
 * @param ownTarget whether the directory was made for this mount and goes with it
 * @param created when, in milliseconds since 1970
 * @param namespace the mount namespace it is in, as {@code /proc/self/ns/mnt} names it
 * @param boot the boot it belongs to, as {@code /proc/sys/kernel/random/boot_id} names it
 */
public record Mounted(
    String id,
    String kind,
    String name,
    String target,
    String snapshotter,
    String snapshot,
    boolean writable,
    boolean ownSnapshot,
    boolean ownTarget,
    long created,
    String namespace,
    String boot) {

  static Mounted fromJson(String id, JsonObject o) {
    return new Mounted(
        id,
        o.requireString("kind"),
        o.requireString("name"),
        o.requireString("target"),
        o.requireString("snapshotter"),
        o.requireString("snapshot"),
        o.bool("writable").orElse(false),
        o.bool("ownSnapshot").orElse(false),
        o.bool("ownTarget").orElse(false),
        o.requireNumber("created"),
        o.string("namespace").orElse(""),
        o.string("boot").orElse(""));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("kind", kind)
        .put("name", name)
        .put("target", target)
        .put("snapshotter", snapshotter)
        .put("snapshot", snapshot)
        .put("writable", writable)
        .put("ownSnapshot", ownSnapshot)
        .put("ownTarget", ownTarget)
        .put("created", created)
        .put("namespace", namespace)
        .put("boot", boot)
        .build();
  }
}
