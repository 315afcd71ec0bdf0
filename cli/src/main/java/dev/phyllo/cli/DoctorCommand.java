package dev.phyllo.cli;

import dev.phyllo.engine.Finding;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code doctor}: looks at everything the namespace keeps, and repairs what it can. */
final class DoctorCommand implements Command {
  DoctorCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("doctor [OPTIONS]", "Check everything in the store, and repair it")
                .flag(null, "repair", "Repair what can be derived again")
                .flag(null, "deep", "Compare also what the files of snapshots hold"))
        .words(0, 0)
        .example("phyllo doctor")
        .example("phyllo doctor --repair");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<Finding> findings =
        session.engine().doctor(arguments.has("repair"), arguments.has("deep"));
    int broken = 0;
    List<Json.Obj> rows = new ArrayList<>();
    for (Finding finding : findings) {
      broken += finding.isBroken() ? 1 : 0;
      rows.add(
          new JsonBuilder()
              .put("Thing", finding.thing())
              .put("Problem", finding.problem())
              .put("Remedy", finding.remedy())
              .put("State", state(finding))
              .build());
    }
    if (!Format.rows(arguments, rows, session)) {
      for (Finding finding : findings) {
        session.println(state(finding) + ": " + finding);
      }
      if (findings.isEmpty()) {
        session.println("everything is whole");
      }
    }
    return broken == 0 ? 0 : 1;
  }

  private static String state(Finding finding) {
    return finding.state().name().toLowerCase(Locale.ROOT);
  }
}
