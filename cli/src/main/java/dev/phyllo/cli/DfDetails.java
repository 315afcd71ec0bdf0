package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.containers.Container;
import dev.phyllo.engine.DiskDetails;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code df -v}: four lists with docker's columns, and with --format all of them as one object. */
final class DfDetails {
  private static final int ID_WIDTH = 12;
  private static final int TEXT_WIDTH = 40;

  private final Map<String, List<Json.Obj>> lists = new LinkedHashMap<>();
  private final DiskDetails details;

  DfDetails(DiskDetails details) {
    this.details = details;
    lists.put("Images", images());
    lists.put("Containers", containers());
    lists.put("Volumes", volumes());
    lists.put("BuildCache", steps());
  }

  void print(Arguments arguments, Session session) {
    if (arguments.value("format").isPresent()) {
      JsonBuilder all = new JsonBuilder();
      lists.forEach((name, rows) -> all.put(name, new Json.Array(List.copyOf(rows))));
      if (Format.rows(arguments, List.of(all.build()), session)) {
        return;
      }
    }
    table(
        "Images space usage:",
        "Images",
        session,
        "REPOSITORY:Repository",
        "TAG:Tag",
        "IMAGE ID:ID",
        "CREATED:CreatedSince",
        "SIZE:Size",
        "SHARED SIZE:SharedSize",
        "UNIQUE SIZE:UniqueSize",
        "CONTAINERS:Containers");
    table(
        "Containers space usage:",
        "Containers",
        session,
        "CONTAINER ID:ID",
        "IMAGE:Image",
        "COMMAND:Command",
        "LOCAL VOLUMES:LocalVolumes",
        "SIZE:Size",
        "CREATED:RunningFor",
        "NAMES:Names");
    table(
        "Local Volumes space usage:",
        "Volumes",
        session,
        "VOLUME NAME:Name",
        "LINKS:Links",
        "SIZE:Size");
    table(
        "Build cache usage: " + Sizes.human(stepBytes()),
        "BuildCache",
        session,
        "CACHE ID:ID",
        "STEP:Description",
        "SIZE:Size",
        "CREATED:CreatedSince",
        "LAST USED:LastUsedSince",
        "SHARED:Shared");
  }

  /** A heading and a table; a column is its title and the row's field. */
  private void table(String heading, String list, Session session, String... columns) {
    String[] titles = new String[columns.length];
    String[] fields = new String[columns.length];
    for (int i = 0; i < columns.length; i++) {
      int colon = columns[i].indexOf(':');
      titles[i] = columns[i].substring(0, colon);
      fields[i] = columns[i].substring(colon + 1);
    }
    Table table = new Table().header(titles);
    for (Json.Obj row : lists.getOrDefault(list, List.of())) {
      String[] cells = new String[fields.length];
      for (int i = 0; i < fields.length; i++) {
        cells[i] = row.members().get(fields[i]) instanceof Json.Text t ? t.value() : "";
      }
      table.row(cells);
    }
    session.println((list.equals("Images") ? "" : "\n") + heading + "\n");
    session.print(table.toString());
  }

  private List<Json.Obj> images() {
    List<Json.Obj> rows = new ArrayList<>();
    for (DiskDetails.OfImage i : details.images()) {
      boolean named = !i.image().name().isEmpty();
      Reference name = Reference.parse(named ? i.image().name() : "x");
      rows.add(
          new JsonBuilder()
              .put("Repository", named ? name.familiarRepository() : "<none>")
              .put("Tag", named ? name.tag().orElse("<none>") : "<none>")
              .put("ID", i.image().id().shortHex())
              .put("CreatedSince", Times.ago(i.image().created()))
              .put("Size", Sizes.human(i.shared() + i.unique()))
              .put("SharedSize", Sizes.human(i.shared()))
              .put("UniqueSize", Sizes.human(i.unique()))
              .put("Containers", Integer.toString(i.containers()))
              .build());
    }
    return rows;
  }

  private List<Json.Obj> containers() {
    List<Json.Obj> rows = new ArrayList<>();
    for (DiskDetails.OfContainer c : details.containers()) {
      Container container = c.container();
      rows.add(
          new JsonBuilder()
              .put("ID", container.shortId())
              .put("Image", PsCommand.imageName(container))
              .put("Command", "\"" + String.join(" ", container.spec().process().args()) + "\"")
              .put("LocalVolumes", Integer.toString(container.spec().storage().volumes().size()))
              .put("Size", Sizes.human(c.size()))
              .put("RunningFor", Times.ago(container.createdMillis()))
              .put("Names", container.name())
              .build());
    }
    return rows;
  }

  private List<Json.Obj> volumes() {
    List<Json.Obj> rows = new ArrayList<>();
    for (DiskDetails.OfVolume v : details.volumes()) {
      rows.add(
          new JsonBuilder()
              .put("Name", v.volume().name())
              .put("Links", Integer.toString(v.links()))
              .put("Size", Sizes.human(v.size()))
              .build());
    }
    return rows;
  }

  private List<Json.Obj> steps() {
    List<Json.Obj> rows = new ArrayList<>();
    for (DiskDetails.OfStep s : details.steps()) {
      int line = s.text().indexOf('\n');
      String text = line < 0 ? s.text() : s.text().substring(0, line);
      rows.add(
          new JsonBuilder()
              .put("ID", s.id().substring(0, Math.min(ID_WIDTH, s.id().length())))
              .put(
                  "Description",
                  text.length() <= TEXT_WIDTH ? text : text.substring(0, TEXT_WIDTH - 1) + "…")
              .put("Size", Sizes.human(s.size()))
              .put("CreatedSince", Times.ago(Optional.of(s.created())))
              .put("LastUsedSince", Times.ago(s.lastUsedMillis()))
              .put("Shared", Boolean.toString(s.shared()))
              .build());
    }
    return rows;
  }

  private long stepBytes() {
    long sum = 0;
    for (DiskDetails.OfStep s : details.steps()) {
      sum += s.size();
    }
    return sum;
  }
}
