package dev.phyllo.cli;

import dev.phyllo.cli.output.Table;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/** {@code referrers}: what refers to an image in a registry. */
final class ReferrersCommand implements Command {
  ReferrersCommand() {}

  @Override
  public Syntax syntax() {
    return RegistryFlags.add(
            Format.option(
                new Syntax(
                        "referrers [OPTIONS] IMAGE",
                        "List signatures and what else refers to an image in a registry")
                    .value(null, "artifact-type", "TYPE", "Only those of this type")))
        .words(1, 1)
        .example("phyllo referrers registry.example.com/app:1");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Reference image = Reference.parse(PullCommand.bare(arguments.words().getFirst()));
    List<Descriptor> found =
        session
            .engine()
            .registries()
            .referrers(image, arguments.value("artifact-type"), RegistryFlags.options(arguments));
    List<Json.Obj> rows = new ArrayList<>();
    for (Descriptor d : found) {
      rows.add(
          new JsonBuilder()
              .put("Digest", d.digest().toString())
              .put("ArtifactType", d.artifactType().orElse(""))
              .put("MediaType", d.mediaType())
              .put("Size", d.size())
              .putStringMap("Annotations", d.annotations())
              .build());
    }
    if (!Format.rows(arguments, rows, session)) {
      Table table = new Table().header("DIGEST", "ARTIFACT TYPE", "SIZE");
      for (Descriptor d : found) {
        table.row(d.digest().toString(), d.artifactType().orElse(""), Long.toString(d.size()));
      }
      session.print(table.toString());
    }
    return 0;
  }
}
