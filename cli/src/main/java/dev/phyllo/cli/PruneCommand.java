package dev.phyllo.cli;

import dev.phyllo.engine.Pruned;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Reference;

/** {@code prune}: takes away images that are not in use, as {@code docker image prune}. */
final class PruneCommand implements Command {
  PruneCommand() {}

  @Override
  public Syntax syntax() {
    return PruneFilters.option(
            new Syntax("prune [OPTIONS]", "Remove images that have no name, or are not in use")
                .flag(
                    "a",
                    "all",
                    "Remove all images that no container uses, not only those without a name")
                .flag(null, "containers", "Remove stopped containers, and no images")
                .flag("f", "force", "Do not ask"))
        .words(0, 0)
        .example("phyllo prune")
        .example("phyllo prune -af --filter until=24h");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    if (arguments.has("containers")) {
      Subcommands.refuse("prune --containers", arguments, "all");
      if (arguments.has("force")
          || Confirmation.given("WARNING! This will remove all stopped containers.", session)) {
        print(session.engine().pruning().containers(PruneFilters.of(arguments)), session);
      }
      return 0;
    }
    boolean all = arguments.has("all");
    String warning =
        all
            ? "WARNING! This will remove all images without at least one container associated to"
                + " them."
            : "WARNING! This will remove all dangling images.";
    if (arguments.has("force") || Confirmation.given(warning, session)) {
      print(session.engine().pruning().images(all, PruneFilters.of(arguments)), session);
    }
    return 0;
  }

  static void print(Pruned pruned, Session session) {
    if (!pruned.containers().isEmpty()) {
      session.println("Deleted Containers:");
      for (String id : pruned.containers()) {
        session.println(id);
      }
      session.println("");
    }
    if (!pruned.volumes().names().isEmpty()) {
      session.println("Deleted Volumes:");
      for (String name : pruned.volumes().names()) {
        session.println(name);
      }
      session.println("");
    }
    if (!pruned.untagged().isEmpty()) {
      session.println("Deleted Images:");
      for (String name : pruned.untagged()) {
        boolean named = !Digest.isValid(name);
        session.println(
            named ? "untagged: " + Reference.parse(name).familiar() : "deleted: " + name);
      }
      session.println("");
    }
    GcCommand.print(pruned.collected(), pruned.volumes().bytes(), session);
  }
}
