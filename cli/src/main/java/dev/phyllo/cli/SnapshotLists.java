package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Usage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the {@code snapshot} command lists: tables, trees, JSON. */
final class SnapshotLists {
  private final Phyllo engine;
  private final Arguments arguments;
  private final Session session;

  SnapshotLists(Phyllo engine, Arguments arguments, Session session) {
    this.engine = engine;
    this.arguments = arguments;
    this.session = session;
  }

  /** A row a snapshot, its key first. */
  void list() {
    List<SnapshotInfo> all = parentsFirst(engine.snapshotter().list());
    if (arguments.has("quiet")) {
      for (SnapshotInfo info : all) {
        session.println(info.key());
      }
      return;
    }
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> rows = new ArrayList<>();
      for (SnapshotInfo info : all) {
        rows.add(row(info).build());
      }
      if (Format.rows(arguments, rows, session)) {
        return;
      }
    }
    Table table = new Table().header("KEY", "PARENT", "KIND", "DIRECTORY");
    for (SnapshotInfo info : all) {
      table.row(
          info.key(), info.parent().orElse(""), info.kind().label(), info.directory().toString());
    }
    session.print(table.toString());
  }

  /**
   * Committed snapshots first, each chain from its base up, the oldest chain first; then what
   * stands on them. The last committed one is on top of the chain made last.
   */
  private static List<SnapshotInfo> parentsFirst(List<SnapshotInfo> all) {
    List<SnapshotInfo> byAge = new ArrayList<>(all);
    byAge.sort((a, b) -> Long.compare(a.created(), b.created()));
    List<SnapshotInfo> order = new ArrayList<>();
    addChildren("", byAge, order, new HashSet<>());
    for (SnapshotInfo info : byAge) {
      if (info.kind() != Kind.COMMITTED) {
        order.add(info);
      }
    }
    return order;
  }

  private static void addChildren(
      String parent, List<SnapshotInfo> all, List<SnapshotInfo> order, Set<String> seen) {
    // A loop along a chain, for one may have hundreds of snapshots.
    String below = parent;
    while (true) {
      List<SnapshotInfo> children = committedChildren(below, all, seen);
      for (int i = 0; i < children.size() - 1; i++) {
        order.add(children.get(i));
        addChildren(children.get(i).key(), all, order, seen);
      }
      if (children.isEmpty()) {
        return;
      }
      order.add(children.getLast());
      below = children.getLast().key();
    }
  }

  private static List<SnapshotInfo> committedChildren(
      String parent, List<SnapshotInfo> all, Set<String> seen) {
    List<SnapshotInfo> children = new ArrayList<>();
    for (SnapshotInfo info : all) {
      if (info.kind() == Kind.COMMITTED
          && info.parent().orElse("").equals(parent)
          && seen.add(info.key())) {
        children.add(info);
      }
    }
    return children;
  }

  /** Who stands on whom. */
  void tree() {
    tree(engine.snapshotter().list(), "", "");
  }

  private void tree(List<SnapshotInfo> all, String parent, String indent) {
    String below = parent;
    String margin = indent;
    while (true) {
      List<SnapshotInfo> children = new ArrayList<>();
      for (SnapshotInfo info : all) {
        if (info.parent().orElse("").equals(below)) {
          children.add(info);
        }
      }
      for (int i = 0; i < children.size(); i++) {
        SnapshotInfo child = children.get(i);
        boolean last = i == children.size() - 1;
        String branch = below.isEmpty() ? "" : last ? "└── " : "├── ";
        session.println(
            margin
                + branch
                + shown(child.key())
                + "  "
                + child.kind().label()
                + "  "
                + child.directory());
        if (!last) {
          tree(all, child.key(), margin + (below.isEmpty() ? "" : "│   "));
        }
      }
      if (children.isEmpty()) {
        return;
      }
      margin = margin + (below.isEmpty() ? "" : "    ");
      below = children.getLast().key();
    }
  }

  /** Everything about some. */
  void info(List<String> keys) {
    List<Json.Obj> found = new ArrayList<>();
    for (String key : keys) {
      SnapshotInfo info = engine.snapshots().find(key);
      Usage usage = engine.snapshotter().usage(info.key());
      found.add(
          withUsage(row(info), usage)
              .put("LayerDirectory", engine.snapshotter().layerDirectory(info.key()).toString())
              .putStringMap("Labels", info.labels())
              .build());
    }
    Format.objects(arguments, found, session);
  }

  /** What some take, or all. */
  void usage(List<String> keys) {
    List<SnapshotInfo> wanted = new ArrayList<>();
    for (String key : keys) {
      wanted.add(engine.snapshots().find(key));
    }
    if (keys.isEmpty()) {
      wanted.addAll(parentsFirst(engine.snapshotter().list()));
    }
    List<Json.Obj> rows = new ArrayList<>();
    Table table = new Table().header("KEY", "SIZE", "INODES");
    for (SnapshotInfo info : wanted) {
      Usage usage = engine.snapshotter().usage(info.key());
      table.row(info.key(), Sizes.brief(usage.bytes()), Long.toString(usage.inodes()));
      rows.add(withUsage(row(info), usage).build());
    }
    if (!Format.rows(arguments, rows, session)) {
      session.print(table.toString());
    }
  }

  private static String shown(String key) {
    return key.startsWith("sha256:") && key.length() == 71 ? key.substring(0, 19) : key;
  }

  private static JsonBuilder row(SnapshotInfo info) {
    return new JsonBuilder()
        .put("Key", info.key())
        .put("Name", info.key())
        .put("Parent", info.parent().orElse(""))
        .put("Kind", info.kind().label())
        .put("Created", Times.rfc3339(info.created()))
        .put("Updated", Times.rfc3339(info.updated()))
        .put("Directory", info.directory().toString());
  }

  private static JsonBuilder withUsage(JsonBuilder row, Usage usage) {
    return row.put("Size", Sizes.brief(usage.bytes()))
        .put("Bytes", usage.bytes())
        .put("Inodes", usage.inodes());
  }
}
