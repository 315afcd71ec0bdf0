package dev.phyllo.cli;

import dev.phyllo.oci.Platform;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.List;
import java.util.Map;

/** {@code version}: of this program and of what it runs on. */
final class VersionCommand implements Command {
  VersionCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(new Syntax("version [OPTIONS]", "Show the version"))
        .words(0, 0)
        .example("phyllo version --format '{{.Version}}'");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Json.Obj row = row();
    if (!Format.rows(arguments, List.of(row), session)) {
      for (Map.Entry<String, Json> m : row.members().entrySet()) {
        String value = m.getValue() instanceof Json.Text t ? t.value() : "";
        session.print(m.getKey());
        session.print(": ".concat(" ".repeat(10 - m.getKey().length())));
        session.println(value);
      }
    }
    return 0;
  }

  /** The program's version, from its jar. */
  static String number() {
    String v = VersionCommand.class.getPackage().getImplementationVersion();
    return v == null ? "development" : v;
  }

  private static Json.Obj row() {
    return new JsonBuilder()
        .put("Version", number())
        .put("Java", System.getProperty("java.version", ""))
        .put("Platform", Platform.host().toString())
        .put("Kernel", System.getProperty("os.version", ""))
        .build();
  }
}
