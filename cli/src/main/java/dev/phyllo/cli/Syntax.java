package dev.phyllo.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.jspecify.annotations.Nullable;

/**
 * What a command takes: the table that its parsing, its help and its completion are made from.
 *
 * <p>Built by chaining; options keep the order in which they are added, which is the order of the
 * help text.
 */
final class Syntax {
  private final String usage;
  private final String summary;
  private Options options = new Options();
  private final List<Option> order = new ArrayList<>();
  private final List<String> examples = new ArrayList<>();
  private boolean stopsAtFirstWord;
  private int least;
  private int most = Integer.MAX_VALUE;

  /**
   * A command without options yet.
   *
   * @param usage the words after {@code phyllo}, such as {@code "rmi [OPTIONS] IMAGE..."}
   * @param summary one sentence, for lists of commands
   */
  Syntax(String usage, String summary) {
    this.usage = usage;
    this.summary = summary;
    flag("h", "help", "Show this help");
  }

  /** Leaves the letter of help to another option; to be said before any other. */
  Syntax helpWithoutLetter() {
    Option help = new Option(null, "help", false, order.removeFirst().getDescription());
    options = new Options();
    return add(help);
  }

  /** An option that is there or not. */
  Syntax flag(@Nullable String letter, String name, String description) {
    return add(new Option(letter, name, false, description));
  }

  /** An option with a value, which may be given more than once. */
  Syntax value(@Nullable String letter, String name, String argName, String description) {
    Option o = new Option(letter, name, true, description);
    o.setArgName(argName);
    return add(o);
  }

  /** The first word that is no option ends the options: what follows belongs to the container. */
  Syntax stopsAtFirstWord() {
    stopsAtFirstWord = true;
    return this;
  }

  /** How many words there must and may be. */
  Syntax words(int atLeast, int atMost) {
    least = atLeast;
    most = atMost;
    return this;
  }

  /** A line for the help's examples. */
  Syntax example(String line) {
    examples.add(line);
    return this;
  }

  String usage() {
    return usage;
  }

  String summary() {
    return summary;
  }

  Options options() {
    return options;
  }

  List<Option> optionList() {
    return order;
  }

  List<String> examples() {
    return examples;
  }

  boolean isStoppingAtFirstWord() {
    return stopsAtFirstWord;
  }

  int least() {
    return least;
  }

  int most() {
    return most;
  }

  private Syntax add(Option option) {
    options.addOption(option);
    order.add(option);
    return this;
  }
}
