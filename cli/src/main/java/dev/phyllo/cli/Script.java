package dev.phyllo.cli;

import dev.phyllo.linux.Linux;
import dev.phyllo.linux.OwnProcess;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The script {@code ./phyllo}, which started this program and can be told to start it otherwise. It
 * names itself in the property {@code dev.phyllo.script}.
 */
final class Script {
  private Script() {}

  /**
   * Starts over, compiling: for work that takes seconds, where this JVM was started only to
   * interpret. That saves a short command the compiler's own start. Returns if this JVM compiles,
   * or nobody knows how to start another.
   */
  static void compiling() {
    if (System.getProperty("java.vm.info", "").startsWith("interpreted")
        && Linux.isSupported()
        && !name().isEmpty()) {
      again("PHYLLO_COMPILE=1");
    }
  }

  /**
   * Becomes the script, with the words after this program's name.
   *
   * @param assignment what it finds in its environment besides what there is
   * @throws dev.phyllo.oci.SystemException if it cannot be executed
   */
  static void again(String assignment) {
    byte[] script = name().getBytes(StandardCharsets.UTF_8);
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(script);
    boolean mine = false;
    for (byte[] word : OwnProcess.arguments()) {
      if (mine) {
        arguments.add(word);
      } else {
        mine = new String(word, StandardCharsets.ISO_8859_1).equals(Main.class.getName());
      }
    }
    List<byte[]> environment = new ArrayList<>(OwnProcess.environment());
    environment.add(assignment.getBytes(StandardCharsets.US_ASCII));
    OwnProcess.become(script, arguments, environment);
  }

  private static String name() {
    return System.getProperty("dev.phyllo.script", "");
  }
}
