package dev.phyllo.cli;

import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code image} and {@code container}: docker's longer names of commands, such as {@code image ls}
 * for {@code images}. They are read as the short ones and take the options of those.
 */
final class GroupCommand implements Command {
  private static final List<String> OF_IMAGES =
      List.of(
          "ls", "rm", "inspect", "prune", "build", "history", "import", "load", "pull", "push",
          "save", "tag");

  private static final List<String> OF_CONTAINERS =
      List.of(
          "ls", "rm", "inspect", "prune", "attach", "commit", "cp", "create", "diff", "exec",
          "export", "kill", "logs", "pause", "port", "rename", "restart", "run", "start", "stats",
          "stop", "top", "unpause", "update", "wait");

  private final String group;

  GroupCommand(String group) {
    this.group = group;
  }

  /** Whether a word is the name of such a group. */
  static boolean isGroup(String word) {
    return word.equals("image") || word.equals("container");
  }

  @Override
  public Syntax syntax() {
    return new Syntax(
            group + " " + String.join("|", words()) + " ...",
            isImages() ? "docker's longer names, such as image ls" : "such as container ls")
        .stopsAtFirstWord()
        .words(1, Integer.MAX_VALUE)
        .example(isImages() ? "phyllo image ls" : "phyllo container ls -a")
        .example("phyllo " + group + " inspect NAME")
        .example("phyllo " + group + " prune -f");
  }

  /** Only an option comes here: everything else is called by its short name. */
  @Override
  public int run(Arguments arguments, Session session) {
    throw Subcommands.unknown(group, arguments.words().getFirst(), words().toArray(String[]::new));
  }

  /**
   * The same call by the short name.
   *
   * @param args the program's arguments
   * @param at where the group's name is among them
   * @return the command, its options and words; as they were if help is asked for
   * @throws UsageException if the group has no such command
   */
  static List<String> flat(String[] args, int at) {
    GroupCommand group = new GroupCommand(args[at]);
    List<String> all = List.of(args).subList(at, args.length);
    if (all.size() == 1) {
      throw new UsageException(args[at], "needs a command", "see phyllo " + args[at] + " --help");
    }
    String word = all.get(1);
    if (word.startsWith("-")) {
      return all;
    }
    List<String> flat = new ArrayList<>(group.shortName(word));
    flat.addAll(all.subList(2, all.size()));
    return flat;
  }

  private List<String> shortName(String word) {
    return switch (word) {
      case "ls", "list" -> List.of(isImages() ? "images" : "ps");
      case "ps" -> List.of(word(word, !isImages()));
      case "rm", "remove" -> List.of(isImages() ? "rmi" : "rm");
      case "inspect" -> List.of("inspect", "--type", group);
      case "prune" -> isImages() ? List.of("prune") : List.of("prune", "--containers");
      default -> List.of(word(word, words().contains(word)));
    };
  }

  private String word(String word, boolean known) {
    if (known) {
      return word;
    }
    throw Subcommands.unknown(group, word, words().toArray(String[]::new));
  }

  private List<String> words() {
    return isImages() ? OF_IMAGES : OF_CONTAINERS;
  }

  private boolean isImages() {
    return group.equals("image");
  }
}
