package dev.phyllo.cli;

import java.util.ArrayList;
import java.util.List;

/** What a usage line says for programs: the subcommands in it, and what its words name. */
final class UsageWords {
  private UsageWords() {}

  /** The subcommands of {@code "snapshot ls|tree|info KEY"}: ls, tree and info. */
  static List<String> subcommands(String usage) {
    String command = usage.split(" ", 2)[0];
    List<String> found = new ArrayList<>();
    for (String part : usage.split("\\|", -1)) {
      String text = part.strip();
      if (text.startsWith(command + " ") || text.equals(command)) {
        text = text.substring(command.length()).strip();
      }
      String word = text.split(" ", 2)[0];
      if (isWord(word) && !found.contains(word)) {
        found.add(word);
      }
    }
    return found;
  }

  /**
   * The lists that complete a command's words: {@code images}, {@code containers} or those of them
   * that are {@code running}, {@code paused} or {@code stopped}, {@code networks}, {@code volumes},
   * {@code snapshots}, {@code blobs} or {@code files}.
   */
  static List<String> kinds(String usage) {
    String command = usage.split(" ", 2)[0];
    List<String> kinds = new ArrayList<>();
    boolean compares = usage.contains("BEFORE");
    if (usage.contains("IMAGE") || compares) {
      kinds.add("images");
    }
    if (usage.contains("CONTAINER") || compares) {
      kinds.add(
          switch (command) {
            case "exec", "attach", "top", "stats", "stop", "kill", "pause" -> "running";
            case "unpause" -> "paused";
            case "start" -> "stopped";
            default -> "containers";
          });
    }
    if (command.equals("network")) {
      kinds.add("networks");
    }
    if (command.equals("volume")) {
      kinds.add("volumes");
    }
    if (usage.contains("KEY") || usage.contains("SNAPSHOT")) {
      kinds.add("snapshots");
    }
    if (usage.contains("DIGEST")) {
      kinds.add("blobs");
    }
    if (usage.contains("FILE") || usage.contains("DIR") || usage.contains("PROGRAM")) {
      kinds.add("files");
    }
    return kinds;
  }

  private static boolean isWord(String word) {
    if (word.isEmpty()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c == '-' && i > 0)) {
        return false;
      }
    }
    return true;
  }
}
