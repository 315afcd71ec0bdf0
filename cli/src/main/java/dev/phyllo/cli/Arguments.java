package dev.phyllo.cli;

import dev.phyllo.oci.UsageException;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** What the user typed after a command's name, parsed by its {@link Syntax}. */
final class Arguments {
  private final CommandLine line;

  private Arguments(CommandLine line) {
    this.line = line;
  }

  /**
   * Parses the words after a command's name.
   *
   * @throws UsageException if they do not fit
   */
  static Arguments parse(String command, Syntax syntax, String[] words) {
    DefaultParser parser =
        DefaultParser.builder()
            .setAllowPartialMatching(false)
            .setStripLeadingAndTrailingQuotes(false)
            .get();
    CommandLine line;
    try {
      line = parser.parse(syntax.options(), words, syntax.isStoppingAtFirstWord());
    } catch (UnrecognizedOptionException e) {
      throw unknown(command, syntax, e.getOption());
    } catch (MissingArgumentException e) {
      throw new UsageException(
          command + " " + shown(e.getOption()), "needs a value", seeHelp(command));
    } catch (ParseException e) {
      throw new UsageException(command, String.valueOf(e.getMessage()), seeHelp(command));
    }
    List<String> rest = line.getArgList();
    if (syntax.isStoppingAtFirstWord()
        && !rest.isEmpty()
        && rest.getFirst().startsWith("-")
        && !rest.getFirst().equals("-")
        && !precededByDashes(words, rest.size())) {
      // stopAtNonOption also stops at options it does not know.
      throw unknown(command, syntax, rest.getFirst());
    }
    Arguments arguments = new Arguments(line);
    if (!arguments.has("help")) {
      if (rest.size() < syntax.least()) {
        throw new UsageException(
            command, "too few words: phyllo " + syntax.usage(), seeHelp(command));
      }
      if (rest.size() > syntax.most()) {
        throw new UsageException(
            command,
            "too many words from \"" + rest.get(syntax.most()) + "\" on: phyllo " + syntax.usage(),
            seeHelp(command));
      }
    }
    return arguments;
  }

  /** Whether an option was given. */
  boolean has(String name) {
    return line.hasOption(name);
  }

  /** The last value of an option. */
  Optional<String> value(String name) {
    String[] values = line.getOptionValues(name);
    return values == null ? Optional.empty() : Optional.of(values[values.length - 1]);
  }

  /** Every value of an option, in order. */
  List<String> values(String name) {
    String[] values = line.getOptionValues(name);
    return values == null ? List.of() : List.of(values);
  }

  /** The words that are no options. */
  List<String> words() {
    return line.getArgList();
  }

  private static boolean precededByDashes(String[] words, int rest) {
    int at = words.length - rest - 1;
    return at >= 0 && words[at].equals("--");
  }

  private static UsageException unknown(String command, Syntax syntax, String option) {
    String name = option.startsWith("--") ? option.substring(2) : option.substring(1);
    int equals = name.indexOf('=');
    String bare = equals < 0 ? name : name.substring(0, equals);
    List<String> known =
        syntax.optionList().stream().map(Option::getLongOpt).filter(o -> o != null).toList();
    String remedy =
        dev.phyllo.cli.output.DidYouMean.nearest(bare, known)
            .map(near -> "did you mean --" + near + "?")
            .orElse(seeHelp(command));
    return new UsageException(command + " " + option, "no such option", remedy);
  }

  private static String shown(Option o) {
    return o.getLongOpt() == null ? "-" + o.getOpt() : "--" + o.getLongOpt();
  }

  private static String seeHelp(String command) {
    return "see phyllo " + command + " --help";
  }
}
