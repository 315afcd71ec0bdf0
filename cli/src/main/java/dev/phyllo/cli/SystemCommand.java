package dev.phyllo.cli;

/** {@code system prune} and {@code system df}, for docker's habits. */
final class SystemCommand implements Command {
  SystemCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            PruneFilters.option(
                new Syntax("system prune|df [OPTIONS]", "Remove what is not in use, or count it")
                    .flag("a", "all", "prune: all images that no container uses")
                    .flag(null, "volumes", "prune: also unnamed volumes that no container uses")
                    .flag("f", "force", "prune: do not ask")
                    .flag("v", "verbose", "df: each image, container, volume and step of a build")))
        .words(1, 1)
        .example("phyllo system prune -af")
        .example("phyllo system df -v");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    switch (arguments.words().getFirst()) {
      case "prune" -> {
        boolean all = arguments.has("all");
        String warning =
            "WARNING! This will remove:\n  - all stopped containers\n"
                + (all
                    ? "  - all images without at least one container associated to them\n"
                    : "  - all dangling images\n")
                + (arguments.has("volumes")
                    ? "  - all anonymous volumes not used by at least one container\n"
                    : "")
                + "  - everything that nothing refers to\n";
        if (arguments.has("force") || Confirmation.given(warning, session)) {
          boolean volumes = arguments.has("volumes");
          PruneCommand.print(
              session.engine().pruning().everything(all, volumes, PruneFilters.of(arguments)),
              session);
        }
      }
      case "df" -> DfCommand.print(arguments, false, session);
      default -> throw Subcommands.unknown("system", arguments.words().getFirst(), "prune", "df");
    }
    return 0;
  }
}
