package dev.phyllo.cli;

import dev.phyllo.linux.Capabilities;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;

/**
 * What can stand behind an option, for completion: lists as {@link UsageWords#kinds} has them, and
 * words themselves, each with {@code =} before it.
 */
final class OptionValues {
  private static final List<String> PLATFORMS =
      List.of(
          "linux/amd64",
          "linux/arm64",
          "linux/arm/v7",
          "linux/386",
          "linux/ppc64le",
          "linux/riscv64",
          "linux/s390x");
  private static final List<String> SIGNALS =
      List.of("HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "WINCH");

  private OptionValues() {}

  /** What there is for an option of a command; empty if anything can be written. */
  static List<String> of(String command, Option option) {
    String name = option.getLongOpt() == null ? "" : option.getLongOpt();
    String argument = option.getArgName() == null ? "" : option.getArgName();
    return switch (name) {
      case "network", "net" -> {
        List<String> kinds = literal(List.of("none", "host"));
        kinds.add("networks");
        yield kinds;
      }
      case "volume" -> List.of("volumes", "files");
      case "volumes-from" -> List.of("containers");
      case "restart" ->
          literal(List.of("no", "on-failure", "on-failure:", "always", "unless-stopped"));
      case "platform" -> literal(PLATFORMS);
      case "signal", "stop-signal" -> literal(SIGNALS);
      case "cap-add", "cap-drop" -> literal(capabilities());
      case "security-opt" ->
          literal(List.of("no-new-privileges", "seccomp=unconfined", "systempaths=unconfined"));
      case "filter" -> literal(filters(command));
      case "mount" -> literal(List.of("type=bind,", "type=volume,", "type=tmpfs,"));
      case "output" ->
          command.equals("build")
              ? literal(
                  List.of(
                      "type=image",
                      "type=registry",
                      "type=oci,dest=",
                      "type=docker,dest=",
                      "type=tar,dest=",
                      "type=local,dest="))
              : List.of("files");
      case "device" -> List.of("files");
      default -> ofArgument(argument);
    };
  }

  /** By the word that stands for the value in the help: {@code FILE}, {@code oci|docker}. */
  private static List<String> ofArgument(String argument) {
    List<String> kinds = new ArrayList<>();
    if (argument.startsWith("IMAGE")) {
      kinds.add("images");
    } else if (argument.startsWith("CONTAINER")) {
      kinds.add("containers");
    }
    for (String word : argument.split("\\|", -1)) {
      if (word.startsWith("FILE") || word.equals("DIR") || word.equals("PATH")) {
        kinds.add("files");
      } else if (argument.contains("|") && isWord(word)) {
        kinds.add("=" + word);
      } else if (argument.equals("bridge") || argument.equals("local")) {
        kinds.add("=" + argument);
      }
    }
    return kinds;
  }

  private static boolean isWord(String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')) {
        return word.equals("STDIN") || word.equals("STDOUT") || word.equals("STDERR");
      }
    }
    return !word.isEmpty();
  }

  private static List<String> filters(String command) {
    return switch (command) {
      case "ps", "start" -> withEquals(PsFilter.NAMES);
      case "images" -> withEquals(ImagesFilter.NAMES);
      case "prune", "system" -> withEquals(List.of("until", "label", "label!"));
      case "volume" -> withEquals(List.of("name", "label", "driver", "dangling"));
      default -> List.of();
    };
  }

  private static List<String> withEquals(List<String> names) {
    List<String> all = new ArrayList<>();
    for (String name : names) {
      all.add(name + "=");
    }
    return all;
  }

  private static List<String> capabilities() {
    List<String> names = new ArrayList<>(List.of("ALL"));
    for (int i = 0; i < Capabilities.count(); i++) {
      names.add(Capabilities.name(i).substring("CAP_".length()));
    }
    return names;
  }

  private static List<String> literal(List<String> words) {
    List<String> kinds = new ArrayList<>();
    for (String word : words) {
      kinds.add("=" + word);
    }
    return kinds;
  }
}
