package dev.phyllo.cli;

import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.snapshots.Change;
import java.util.ArrayList;
import java.util.List;

/** {@code diff}: what a container changed, or what lies between two images. */
final class DiffCommand implements Command {
  DiffCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                "diff [OPTIONS] CONTAINER | diff [OPTIONS] BEFORE AFTER",
                "List files added (A), changed (C) and deleted (D) in a container or between"
                    + " images"))
        .words(1, 2)
        .example("phyllo diff my-container")
        .example("phyllo diff app:1 app:2");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Phyllo engine = session.engine();
    List<String> words = arguments.words();
    List<Change> changes =
        words.size() == 1 ? engine.diff(words.getFirst()) : engine.diff(words.get(0), words.get(1));
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> rows = new ArrayList<>();
      for (Change change : changes) {
        rows.add(
            new JsonBuilder()
                .put("Type", String.valueOf(change.kind().letter()))
                .put("Path", "/" + change.path())
                .build());
      }
      if (Format.rows(arguments, rows, session)) {
        return 0;
      }
    }
    for (Change change : changes) {
      session.println(change.toString());
    }
    return 0;
  }
}
