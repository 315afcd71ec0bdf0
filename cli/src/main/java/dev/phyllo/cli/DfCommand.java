package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.DiskUsage;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/** {@code df}: what takes space, as {@code docker system df} shows it, and what lies below. */
final class DfCommand implements Command {
  private static final List<String> OWN = List.of("Snapshots", "Blobs");

  DfCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("df [OPTIONS]", "Show what takes space on disk")
                .flag("v", "verbose", "Each image, container, volume and step of a build"))
        .words(0, 0)
        .example("phyllo df")
        .example("phyllo df -v")
        .example("phyllo df --format '{{.Type}} {{.Size}}'");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    print(arguments, true, session);
    return 0;
  }

  /**
   * Prints it.
   *
   * @param own whether also what docker has no word for
   */
  static void print(Arguments arguments, boolean own, Session session) {
    if (arguments.has("verbose")) {
      new DfDetails(session.engine().diskDetails()).print(arguments, session);
      return;
    }
    List<DiskUsage> usages = new ArrayList<>();
    for (DiskUsage u : session.engine().diskUsage()) {
      if (own || !OWN.contains(u.type())) {
        usages.add(u);
      }
    }
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> rows = new ArrayList<>();
      for (DiskUsage u : usages) {
        rows.add(
            new JsonBuilder()
                .put("Type", u.type())
                .put("TotalCount", Integer.toString(u.total()))
                .put("Active", Integer.toString(u.active()))
                .put("Size", Sizes.human(u.size()))
                .put("Reclaimable", reclaimable(u))
                .put("Bytes", u.size())
                .put("ReclaimableBytes", u.reclaimable())
                .build());
      }
      if (Format.rows(arguments, rows, session)) {
        return;
      }
    }
    Table table = new Table().header("TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE");
    for (DiskUsage u : usages) {
      table.row(
          u.type(),
          Integer.toString(u.total()),
          Integer.toString(u.active()),
          Sizes.human(u.size()),
          reclaimable(u));
    }
    session.print(table.toString());
  }

  private static String reclaimable(DiskUsage u) {
    String bytes = Sizes.human(u.reclaimable());
    return u.size() == 0 ? bytes : bytes + " (" + 100 * u.reclaimable() / u.size() + "%)";
  }
}
