package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code snapshot}: the stacks of layers on disk, as ctr shows them. */
final class SnapshotCommand implements Command {
  SnapshotCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("snapshot ls|tree|info [KEY]", "List and inspect snapshots")
                .flag("q", "quiet", "Print only keys"))
        .words(1, 2)
        .example("phyllo snapshot ls")
        .example("phyllo snapshot tree")
        .example("phyllo snapshot info sha256:1f2e…");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    Phyllo engine = session.engine();
    switch (words.getFirst()) {
      case "ls", "list" -> list(engine, arguments, session);
      case "tree" -> tree(engine.snapshotter().list(), "", "", session);
      case "info" -> {
        if (words.size() != 2) {
          throw new UsageException("snapshot info", "which?", "phyllo snapshot info KEY");
        }
        SnapshotInfo info = engine.snapshot(words.get(1));
        Usage usage = engine.snapshotter().usage(info.key());
        Format.objects(arguments, List.of(details(info, usage)), session);
      }
      default ->
          throw new UsageException(
              "snapshot " + words.getFirst(),
              "no such command",
              "use snapshot ls, snapshot tree or snapshot info");
    }
    return 0;
  }

  private static void list(Phyllo engine, Arguments arguments, Session session) {
    List<SnapshotInfo> all = engine.snapshotter().list();
    if (arguments.has("quiet")) {
      for (SnapshotInfo info : all) {
        session.println(info.key());
      }
      return;
    }
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> rows = new ArrayList<>();
      for (SnapshotInfo info : all) {
        rows.add(row(info));
      }
      if (Format.rows(arguments, rows, session)) {
        return;
      }
    }
    Table table = new Table().header("KEY", "PARENT", "KIND", "DIRECTORY");
    for (SnapshotInfo info : all) {
      table.row(info.key(), info.parent().orElse(""), kind(info), info.directory().toString());
    }
    session.print(table.toString());
  }

  private static void tree(List<SnapshotInfo> all, String parent, String indent, Session session) {
    List<SnapshotInfo> children = new ArrayList<>();
    for (SnapshotInfo info : all) {
      if (info.parent().orElse("").equals(parent)) {
        children.add(info);
      }
    }
    for (int i = 0; i < children.size(); i++) {
      SnapshotInfo child = children.get(i);
      boolean last = i == children.size() - 1;
      String branch = parent.isEmpty() ? "" : last ? "└── " : "├── ";
      session.println(
          indent + branch + shown(child.key()) + "  " + kind(child) + "  " + child.directory());
      String next = parent.isEmpty() ? "" : last ? "    " : "│   ";
      tree(all, child.key(), indent + next, session);
    }
  }

  private static String shown(String key) {
    return key.startsWith("sha256:") && key.length() == 71 ? key.substring(0, 19) : key;
  }

  private static String kind(SnapshotInfo info) {
    return info.kind().name().toLowerCase(Locale.ROOT);
  }

  private static Json.Obj row(SnapshotInfo info) {
    return new JsonBuilder()
        .put("Key", info.key())
        .put("Name", info.key())
        .put("Parent", info.parent().orElse(""))
        .put("Kind", kind(info))
        .put("Created", Times.rfc3339(info.created()))
        .put("Updated", Times.rfc3339(info.updated()))
        .put("Directory", info.directory().toString())
        .build();
  }

  private static Json.Obj details(SnapshotInfo info, Usage usage) {
    return new JsonBuilder()
        .putAll(row(info))
        .put("Size", Sizes.brief(usage.bytes()))
        .put("Bytes", usage.bytes())
        .put("Inodes", usage.inodes())
        .putStringMap("Labels", info.labels())
        .build();
  }
}
