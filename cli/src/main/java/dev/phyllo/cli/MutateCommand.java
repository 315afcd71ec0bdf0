package dev.phyllo.cli;

import dev.phyllo.engine.Made;
import dev.phyllo.engine.Mutations;
import dev.phyllo.oci.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code mutate}: an image becomes another without being unpacked. */
final class MutateCommand implements Command {
  MutateCommand() {}

  @Override
  public Syntax syntax() {
    return ConfigOptions.options(
            new Syntax(
                    "mutate append|drop|rebase|flatten|config [OPTIONS] IMAGE",
                    "Change an image's layers or config without unpacking it")
                .value("t", "tag", "NAME", "The new image's name; without it IMAGE moves on")
                .value("l", "layer", "FILE|LAYER", "append: a layer file; drop: a number or digest")
                .value(null, "old-base", "IMAGE", "rebase: what the image stands on")
                .value(null, "new-base", "IMAGE", "rebase: what it is to stand on")
                .value(null, "annotation", "NAME=VALUE", "Annotate the manifest"))
        .words(2, 2)
        .example("phyllo mutate append app:1 --layer fix.tar.gz -t app:2")
        .example("phyllo mutate drop app:1 --layer 2 -t app:2")
        .example("phyllo mutate rebase app:1 --old-base base:1 --new-base base:2 -t app:2")
        .example("phyllo mutate flatten app:1 -t app:flat")
        .example(
            "phyllo mutate config app:1 --env MODE=test --cmd '[\"serve\", \"-v\"]' -t app:test");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String command = arguments.words().get(0);
    String image = arguments.words().get(1);
    List<String> layers = arguments.values("layer");
    Mutations.Target target =
        new Mutations.Target(
            arguments.value("tag"),
            ConfigOptions.edit(arguments),
            ConfigOptions.map(arguments, "annotation"));
    if (!command.equals("append") && !command.equals("drop")) {
      Subcommands.refuse("mutate " + command, arguments, "layer");
    }
    if (!command.equals("rebase")) {
      Subcommands.refuse("mutate " + command, arguments, "old-base", "new-base");
    }
    Made made;
    try (Session.Watching _ = session.watch(false)) {
      Mutations mutations = session.engine().mutations();
      made =
          switch (command) {
            case "append" -> mutations.append(image, files(layers), target);
            case "drop", "remove-layer" -> {
              if (layers.size() != 1) {
                throw new UsageException(
                    "mutate drop", "drops one layer at a time", "name it with --layer");
              }
              yield mutations.drop(image, layers.getFirst(), target);
            }
            case "rebase" ->
                mutations.rebase(
                    image,
                    required(arguments, "old-base"),
                    required(arguments, "new-base"),
                    target);
            case "flatten" -> mutations.flatten(image, target);
            case "config" -> {
              if (!ConfigOptions.areGiven(arguments) && !arguments.has("annotation")) {
                throw new UsageException(
                    "mutate config", "nothing to change", "see phyllo mutate --help");
              }
              yield mutations.configure(image, target);
            }
            default ->
                throw Subcommands.unknown(
                    "mutate", command, "append", "drop", "rebase", "flatten", "config");
          };
    }
    session.println(made.id().toString());
    return 0;
  }

  private static List<Path> files(List<String> layers) {
    if (layers.isEmpty()) {
      throw new UsageException("mutate append", "no layer to append", "give files with --layer");
    }
    List<Path> files = new ArrayList<>();
    for (String layer : layers) {
      files.add(Path.of(layer));
    }
    return files;
  }

  private static String required(Arguments arguments, String option) {
    return arguments
        .value(option)
        .orElseThrow(
            () -> new UsageException("mutate rebase", "needs --" + option, "name an image"));
  }
}
