package dev.phyllo.cli;

import dev.phyllo.cli.output.DidYouMean;
import dev.phyllo.oci.UsageException;
import java.util.Arrays;
import java.util.List;

/** What commands with subcommands have in common: their errors. */
final class Subcommands {
  private Subcommands() {}

  /** The error for a word that is none of them. */
  static UsageException unknown(String command, String word, String... known) {
    return new UsageException(
        command + " " + word,
        "no such command",
        DidYouMean.nearest(word, Arrays.asList(known))
            .map(near -> "did you mean phyllo " + command + " " + near + "?")
            .orElse("see phyllo " + command + " --help"));
  }

  /** Refuses too few or too many words behind a subcommand. */
  static void expect(String usage, List<String> words, int least, int most) {
    if (words.size() < least || words.size() > most) {
      throw new UsageException(
          usage.split(" [A-Z\\[]", 2)[0],
          words.size() < least ? "too few words" : "too many words",
          "phyllo " + usage);
    }
  }

  /** Refuses options that mean nothing to a subcommand. */
  static void refuse(String what, Arguments arguments, String... options) {
    for (String option : options) {
      if (arguments.has(option)) {
        throw new UsageException(
            what + " --" + option, "means nothing here", "leave it out, or see --help");
      }
    }
  }
}
