package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.LayerInfo;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code history}: what made each layer of an image, newest first, in docker's columns. */
final class HistoryCommand implements Command {
  private static final int CREATED_BY_WIDTH = 45;
  private static final String MISSING = "<missing>";

  HistoryCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("history [OPTIONS] IMAGE", "Show what made each layer of an image")
                .value("H", "human", "true|false", "Show sizes and times for people (true)")
                .flag(null, "no-trunc", "Show whole ids and instructions")
                .flag("q", "quiet", "Print only ids"))
        .words(1, 1)
        .example("phyllo history busybox")
        .example("phyllo history --no-trunc --format '{{.CreatedBy}}' busybox");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String name = arguments.words().getFirst();
    Phyllo engine = session.engine();
    boolean whole = arguments.has("no-trunc");
    boolean human = !arguments.value("human").orElse("true").equals("false");
    Digest id = engine.image(name).id();
    List<Json.Obj> rows = new ArrayList<>();
    for (LayerInfo layer : engine.layers(name).reversed()) {
      String shown = rows.isEmpty() ? (whole ? id.toString() : id.shortHex()) : MISSING;
      rows.add(row(shown, layer, engine, whole, human));
    }
    if (arguments.has("quiet")) {
      for (Json.Obj row : rows) {
        session.println(text(row, "ID"));
      }
      return 0;
    }
    if (Format.rows(arguments, rows, session)) {
      return 0;
    }
    Table table = new Table().header("IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT");
    for (Json.Obj row : rows) {
      table.row(
          text(row, "ID"),
          text(row, human ? "CreatedSince" : "CreatedAt"),
          text(row, "CreatedBy"),
          text(row, "Size"),
          text(row, "Comment"));
    }
    session.print(table.toString());
    return 0;
  }

  private static Json.Obj row(
      String id, LayerInfo layer, Phyllo engine, boolean whole, boolean human) {
    Optional<History> history = layer.history();
    String createdBy = history.flatMap(h -> h.createdBy()).orElse("").replace('\t', ' ');
    long size = size(layer, engine);
    Optional<String> created = history.flatMap(h -> h.created());
    return new JsonBuilder()
        .put("ID", id)
        .put("CreatedAt", created.orElse(""))
        .put("CreatedSince", Times.ago(created))
        .put("CreatedBy", whole ? createdBy : shortened(createdBy))
        .put("Size", human ? Sizes.brief(size) : Long.toString(size))
        .put("Comment", history.flatMap(h -> h.comment()).orElse(""))
        .build();
  }

  /** What the layer takes unpacked, as docker counts it; its blob's size where it is packed. */
  private static long size(LayerInfo layer, Phyllo engine) {
    if (layer.directory().isPresent() && layer.chainId().isPresent()) {
      return engine.snapshotter().usage(layer.chainId().get().toString()).bytes();
    }
    return layer.blob().map(b -> b.size()).orElse(0L);
  }

  private static String shortened(String text) {
    return text.length() <= CREATED_BY_WIDTH ? text : text.substring(0, CREATED_BY_WIDTH - 1) + "…";
  }

  private static String text(Json.Obj row, String name) {
    return row.members().get(name) instanceof Json.Text text ? text.value() : "";
  }
}
