package dev.phyllo.cli;

import dev.phyllo.cli.output.Plain;
import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.cli.output.Terminals;
import dev.phyllo.engine.ImageView;
import dev.phyllo.layers.LayerStack;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.StackNode;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** {@code which}: the layer that provides a path, those it shadows, and what takes it away. */
final class WhichCommand implements Command {
  private static final int MAX_LINKS = 40;
  private static final int INSTRUCTION_WIDTH = 60;
  private static final int OTHER_COLUMNS = 80; // with a path of usual length
  private static final int SHORTEST = 16;

  WhichCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "which [OPTIONS] IMAGE|CONTAINER PATH",
                    "Show which layer provides a path, which it shadows, and what deletes it")
                .flag(null, "no-trunc", "Show whole instructions"))
        .words(2, 2)
        .example("phyllo which busybox /bin/sh")
        .example("phyllo which --format '{{.Layer}} {{.What}} {{.Digest}}' app /etc/passwd");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    ImageView view = session.engine().views().view(arguments.words().get(0));
    RawPath wanted = RawPath.of(arguments.words().get(1));
    LayerStack.Found found = view.stack().find(wanted);
    if (found == null) {
      throw new NotFoundException(
          "/" + wanted.clean(),
          "in no layer of " + arguments.words().get(0),
          "phyllo tree " + arguments.words().get(0) + " shows what there is");
    }
    List<Row> rows = new ArrayList<>();
    List<String> trail = new ArrayList<>();
    for (int links = 0; found != null && links < MAX_LINKS; links++) {
      for (StackNode link : found.links()) {
        trail.add(arrow(link));
      }
      rows.addAll(rows(found.node()));
      StackNode.Version seen = found.node().visible();
      TarEntry entry = seen == null ? null : seen.entry();
      if (entry == null || entry.type() != TarEntry.Type.SYMLINK) {
        break;
      }
      trail.add(arrow(found.node()));
      RawPath target = entry.linkName();
      boolean absolute = target.length() > 0 && target.byteAt(0) == '/';
      RawPath from = absolute ? RawPath.EMPTY : found.node().path().parent();
      found = view.stack().find(from.resolve(target));
    }
    print(view, rows, trail, arguments, session);
    for (Row row : rows) {
      if (row.what().equals("provides")) {
        return 0;
      }
    }
    return 1;
  }

  /**
   * What a layer has to do with the path.
   *
   * @param at where its entry or mark is: the path itself or a directory above
   */
  private record Row(StackNode node, StackNode at, StackNode.Version version, String what) {}

  /** The top layer first, as one looks onto the stack. */
  private static List<Row> rows(StackNode node) {
    List<Row> rows = new ArrayList<>();
    for (StackNode.Version version : node.versions()) {
      if (version.isThere()) {
        rows.add(new Row(node, node, version, role(node, version)));
      }
      if (version.whiteout()) {
        rows.add(new Row(node, node, version, "whiteout"));
      }
      if (version.opaque()) {
        rows.add(new Row(node, node, version, "opaque"));
      }
    }
    for (StackNode above = node.parent(); above != null; above = above.parent()) {
      for (StackNode.Version version : above.versions()) {
        if (version.whiteout()) {
          rows.add(new Row(node, above, version, "whiteout"));
        } else if (version.opaque()) {
          rows.add(new Row(node, above, version, "opaque"));
        } else if (version.isThere() && !version.isDirectory()) {
          rows.add(new Row(node, above, version, "replaces"));
        }
      }
    }
    rows.sort(Comparator.comparingInt((Row row) -> -row.version().layer()));
    return rows;
  }

  private static String role(StackNode node, StackNode.Version version) {
    StackNode.Version seen = node.visible();
    if (seen != null && seen.layer() == version.layer()) {
      return "provides";
    }
    if (seen == null) {
      return "deleted";
    }
    return version.isDirectory() && seen.isDirectory() ? "merged" : "shadowed";
  }

  private static String arrow(StackNode link) {
    TarEntry entry = Objects.requireNonNull(Objects.requireNonNull(link.visible()).entry());
    return "/" + link.path() + " -> " + entry.linkName();
  }

  private static void print(
      ImageView view, List<Row> rows, List<String> trail, Arguments arguments, Session session) {
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> objects = new ArrayList<>();
      for (Row row : rows) {
        objects.add(json(view, row));
      }
      if (Format.rows(arguments, objects, session)) {
        return;
      }
    }
    for (String link : trail) {
      session.say(Plain.text(link));
    }
    int width =
        Terminals.isTerminal(1)
            ? Math.clamp(Terminals.columns(1) - OTHER_COLUMNS, SHORTEST, INSTRUCTION_WIDTH)
            : INSTRUCTION_WIDTH;
    Table table =
        new Table().header("LAYER", "WHAT", "MODE", "SIZE", "DIGEST", "PATH", "INSTRUCTION");
    for (Row row : rows) {
      StackNode.Version version = row.version();
      boolean mark = isMark(row);
      TarEntry entry = mark ? null : version.entry();
      String instruction = LayerText.instruction(view, version.layer());
      table.row(
          Integer.toString(version.layer()),
          row.what(),
          entry == null ? mark ? "-" : "drwxr-xr-x" : LayerText.mode(entry),
          entry == null || entry.type() != TarEntry.Type.FILE ? "-" : Sizes.brief(entry.size()),
          LayerText.digest(view, version.layer()),
          shown(row),
          arguments.has("no-trunc") ? instruction : LayerText.cut(instruction, width));
    }
    session.print(table.toString());
  }

  private static boolean isMark(Row row) {
    return row.what().equals("whiteout") || row.what().equals("opaque");
  }

  /** The name in the layer: a whiteout's is not that of what it deletes. */
  private static String shown(Row row) {
    RawPath path = row.at().path();
    return switch (row.what()) {
      case "whiteout" -> "/" + path.parent().resolve(RawPath.of(".wh." + path.name()));
      case "opaque" -> "/" + path.resolve(RawPath.of(".wh..wh..opq"));
      default -> "/" + path;
    };
  }

  private static Json.Obj json(ImageView view, Row row) {
    TarEntry entry = isMark(row) ? null : row.version().entry();
    return new JsonBuilder()
        .put("Path", "/" + row.node().path())
        .put("Layer", row.version().layer())
        .put("What", row.what())
        .put("Entry", shown(row))
        .put("Type", entry == null ? "" : LayerText.type(entry.type()))
        .put("Mode", entry == null ? "" : LayerText.mode(entry))
        .put("Size", entry == null ? 0L : entry.size())
        .put("Target", entry == null ? "" : entry.linkName().toString())
        .put("Digest", layerDigest(view, row.version().layer()))
        .put("CreatedBy", LayerText.instruction(view, row.version().layer()))
        .build();
  }

  private static String layerDigest(ImageView view, int layer) {
    return view.isContainers(layer)
        ? ""
        : view.layers().get(layer).blob().map(b -> b.digest().toString()).orElse("");
  }
}
