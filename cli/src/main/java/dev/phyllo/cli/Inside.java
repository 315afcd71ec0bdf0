package dev.phyllo.cli;

import dev.phyllo.engine.Rootless;
import dev.phyllo.oci.UsageException;

/**
 * Which commands touch the files of layers or start processes, so that an ordinary user must be
 * root of a user namespace for them. The others read and write records and blobs, which are the
 * user's own.
 */
final class Inside {
  private Inside() {}

  /**
   * Whether the program is to be executed again inside.
   *
   * @throws UsageException if what the command makes would be gone with that
   */
  static boolean isNeeded(String command, Arguments arguments) {
    if (!touchesLayers(command, arguments) || !Rootless.isNeeded()) {
      return false;
    }
    if (command.equals("mount") || command.equals("umount")) {
      throw new UsageException(
          command,
          "an ordinary user's mounts are seen only in a namespace of their own",
          "start phyllo unshare, and " + command + " there");
    }
    return true;
  }

  private static boolean touchesLayers(String command, Arguments arguments) {
    return switch (command) {
      case "load", "pull" -> !arguments.has("no-unpack");
      case "ps" -> arguments.has("size");
      case "snapshot", "snapshots" -> {
        String word = arguments.words().isEmpty() ? "" : arguments.words().getFirst();
        yield !word.equals("ls") && !word.equals("list") && !word.equals("tree");
      }
      case "network" -> {
        String word = arguments.words().isEmpty() ? "" : arguments.words().getFirst();
        yield !word.equals("create") && !word.equals("ls") && !word.equals("inspect");
      }
      case "build" -> BuildNeeds.execution(arguments);
      case "attach",
          "bundle",
          "stop",
          "kill",
          "pause",
          "unpause",
          "restart",
          "wait",
          "top",
          "stats" ->
          true;
      case "run", "create", "start", "exec", "update", "rm", "cp", "volume" -> true;
      case "commit", "diff", "export", "import", "which", "tree" -> true;
      case "mount", "umount", "unmount" -> true;
      case "rmi", "prune", "system", "gc", "df", "doctor", "demo" -> true;
      default -> false;
    };
  }
}
