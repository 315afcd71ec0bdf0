package dev.phyllo.cli;

import dev.phyllo.engine.EngineOptions;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.engine.Rootless;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.List;
import java.util.Map;

/** {@code info}: where and how the engine works on this machine. */
final class InfoCommand implements Command {
  InfoCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(new Syntax("info [OPTIONS]", "Show where and how the engine works here"))
        .words(0, 0)
        .example("phyllo info");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    EngineOptions options = session.engine().options();
    boolean linux = Phyllo.canRun();
    JsonBuilder b =
        new JsonBuilder()
            .put("Version", VersionCommand.number())
            .put("Root", options.root().toString())
            .put("Namespace", options.namespace())
            .put("Snapshotter", options.snapshotter())
            .put("Rootless", linux && (Rootless.isNeeded() || Rootless.isInside()))
            .put("Users", linux ? Rootless.mapping() : "")
            .put("Images", session.engine().images().size())
            .put("Containers", linux ? session.engine().containers().list().size() : 0)
            .put("Blobs", session.engine().content().list().size())
            .put("Snapshots", linux ? session.engine().snapshotter().list().size() : 0)
            .put("Platform", Platform.host().toString())
            .put("Kernel", System.getProperty("os.version", ""))
            .put("Java", System.getProperty("java.version", ""))
            .put("CanRun", linux);
    Json.Obj row = b.build();
    if (!Format.rows(arguments, List.of(row), session)) {
      for (Map.Entry<String, Json> m : row.members().entrySet()) {
        String value =
            m.getValue() instanceof Json.Text t ? t.value() : Format.compact(m.getValue());
        session.println(m.getKey() + ":" + " ".repeat(13 - m.getKey().length()) + value);
      }
    }
    return 0;
  }
}
