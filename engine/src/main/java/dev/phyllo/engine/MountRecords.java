package dev.phyllo.engine;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.Records;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The records of what was mounted on request: {@code mounts/records/ID.json}, beside the
 * directories {@code mounts/at/ID} that were made as places. A record is written before anything is
 * mounted and deleted when nothing is left of it.
 */
final class MountRecords {
  private final Path base;
  private final Records records;

  MountRecords(NamespaceDirs dirs) {
    base = dirs.base().resolve("mounts");
    records = new Records(base.resolve("records"));
  }

  /** All, oldest first; those that cannot be read are left out. */
  List<Mounted> list() {
    List<Mounted> all = new ArrayList<>();
    for (String id : records.keys()) {
      try {
        Optional<JsonObject> json = records.read(id);
        if (json.isPresent()) {
          all.add(Mounted.fromJson(id, json.get()));
        }
      } catch (CorruptException | InvalidException _) {
        // Cut short by a power failure, after which nothing is mounted either.
      }
    }
    all.sort((a, b) -> Long.compare(a.created(), b.created()));
    return all;
  }

  void write(Mounted mounted) {
    records.write(mounted.id(), mounted.toJson(), false); // mounts do not outlive a crash either
  }

  void delete(Mounted mounted) {
    records.delete(mounted.id());
  }

  /** The place of a mount for which none was named. */
  Path place(String id) {
    return base.resolve("at").resolve(id);
  }
}
