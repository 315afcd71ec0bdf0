package dev.phyllo.cli;

import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/** {@code tags}: the tags of a repository in a registry. */
final class TagsCommand implements Command {
  TagsCommand() {}

  @Override
  public Syntax syntax() {
    return RegistryFlags.add(
            Format.option(
                new Syntax("tags [OPTIONS] REPOSITORY", "List a repository's tags in a registry")))
        .words(1, 1)
        .example("phyllo tags busybox")
        .example("phyllo tags docker://127.0.0.1:5000/app");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Reference repository = Reference.parse(PullCommand.bare(arguments.words().getFirst()));
    List<String> tags =
        session.engine().registries().tags(repository, RegistryFlags.options(arguments));
    List<Json.Obj> rows = new ArrayList<>();
    for (String tag : tags) {
      rows.add(
          new JsonBuilder()
              .put("Repository", repository.familiarRepository())
              .put("Tag", tag)
              .build());
    }
    if (!Format.rows(arguments, rows, session)) {
      tags.forEach(session::println);
    }
    return 0;
  }
}
