package dev.phyllo.cli;

import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.UsageException;
import dev.phyllo.snapshots.Change;
import dev.phyllo.snapshots.Mount;
import java.util.List;
import java.util.Optional;

/** {@code snapshot}: the stacks of layers on disk, and every step of their life by hand. */
final class SnapshotCommand implements Command {
  SnapshotCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "snapshot ls|tree|info KEY|usage [KEY...]|prepare KEY [PARENT]|view KEY"
                        + " [PARENT]|mounts TARGET KEY|commit NAME KEY|diff KEY [PARENT]|rm KEY...",
                    "Show snapshots, and prepare, mount, commit and remove them by hand")
                .flag("q", "quiet", "Print only keys"))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo snapshot tree")
        .example("phyllo snapshot prepare demo $(phyllo snapshot ls -q | tail -1)")
        .example("phyllo snapshot mounts /mnt demo | sudo sh")
        .example("phyllo snapshot diff demo")
        .example("phyllo snapshot commit my-layer demo");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    List<String> rest = words.subList(1, words.size());
    Phyllo engine = session.engine();
    SnapshotLists lists = new SnapshotLists(engine, arguments, session);
    String command = words.getFirst();
    switch (command) {
      case "ls", "list" -> {
        expect(command, rest, 0, 0, "");
        lists.list();
      }
      case "tree" -> {
        expect(command, rest, 0, 0, "");
        lists.tree();
      }
      case "usage" -> lists.usage(rest);
      case "info" -> {
        expect(command, rest, 1, Integer.MAX_VALUE, "KEY...");
        lists.info(rest);
      }
      case "prepare", "view" -> {
        expect(command, rest, 1, 2, "KEY [PARENT]");
        engine.snapshots().prepare(rest.getFirst(), second(rest), command.equals("view"));
        session.println(rest.getFirst());
      }
      case "mounts", "mount" -> {
        expect(command, rest, 2, 2, "TARGET KEY");
        for (Mount mount : engine.snapshots().mounts(rest.get(1))) {
          session.println(mount.command(rest.getFirst()));
        }
      }
      case "commit" -> {
        expect(command, rest, 2, 2, "NAME KEY");
        engine.snapshots().commit(rest.getFirst(), rest.get(1));
        session.println(rest.getFirst());
      }
      case "diff" -> {
        expect(command, rest, 1, 2, "KEY [PARENT]");
        for (Change change : engine.snapshots().changes(rest.getFirst(), second(rest))) {
          session.println(change.toString());
        }
      }
      case "rm", "remove", "delete", "del" -> {
        expect(command, rest, 1, Integer.MAX_VALUE, "KEY...");
        for (String key : rest) {
          session.println(engine.snapshots().remove(key));
        }
      }
      default ->
          throw Subcommands.unknown(
              "snapshot", command, UsageWords.subcommands(syntax().usage()).toArray(String[]::new));
    }
    return 0;
  }

  private static Optional<String> second(List<String> words) {
    return words.size() < 2 || words.get(1).isEmpty()
        ? Optional.empty()
        : Optional.of(words.get(1));
  }

  private static void expect(
      String command, List<String> words, int least, int most, String usage) {
    if (words.size() < least || words.size() > most) {
      throw new UsageException(
          "snapshot " + command,
          words.size() < least ? "too few words" : "too many words",
          ("phyllo snapshot " + command + " " + usage).strip());
    }
  }
}
