package dev.phyllo.cli;

import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.MountRequest;
import dev.phyllo.engine.Mounted;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code mount}: a tree of the engine's, seen in the file system of whoever calls. */
final class MountCommand implements Command {
  MountCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "mount [OPTIONS] [IMAGE|CONTAINER|SNAPSHOT [DIR]]",
                    "Mount an image, a stopped container or a snapshot; without one, list mounts")
                .flag(null, "rw", "Let an image be written; what is written goes with the mount")
                .flag("q", "quiet", "Print only where things are mounted"))
        .words(0, 2)
        .example("ls $(phyllo mount busybox)/bin; phyllo umount busybox")
        .example("phyllo mount --rw busybox /mnt");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    if (words.isEmpty()) {
      if (arguments.has("rw")) {
        throw new UsageException("mount --rw", "what?", "phyllo mount --rw IMAGE [DIR]");
      }
      list(session.engine().mounts(), arguments, session);
      return 0;
    }
    Optional<Path> target =
        words.size() < 2 ? Optional.empty() : Optional.of(Path.of(words.get(1)));
    MountRequest request = new MountRequest(words.getFirst(), target, arguments.has("rw"));
    session.println(session.engine().mount(request).target());
    return 0;
  }

  private static void list(List<Mounted> mounts, Arguments arguments, Session session) {
    if (arguments.has("quiet")) {
      for (Mounted mounted : mounts) {
        session.println(mounted.target());
      }
      return;
    }
    Table table = new Table().header("NAME", "KIND", "TARGET", "ACCESS", "SNAPSHOT");
    List<Json.Obj> rows = new ArrayList<>();
    for (Mounted m : mounts) {
      String access = m.writable() ? "rw" : "ro";
      table.row(m.name(), m.kind(), m.target(), access, m.snapshot());
      rows.add(
          new JsonBuilder()
              .put("Name", m.name())
              .put("Kind", m.kind())
              .put("Target", m.target())
              .put("Access", access)
              .put("Snapshotter", m.snapshotter())
              .put("Snapshot", m.snapshot())
              .put("Created", Times.rfc3339(m.created()))
              .build());
    }
    if (!Format.rows(arguments, rows, session)) {
      session.print(table.toString());
    }
  }
}
