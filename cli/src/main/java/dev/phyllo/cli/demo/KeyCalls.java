package dev.phyllo.cli.demo;

import dev.phyllo.linux.SyscallStep;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.Work;
import java.util.ArrayList;
import java.util.List;

/**
 * Listens to a container's start and keeps the calls that make the difference: the layers put into
 * the overlay, the entering of the root, the program. They are shown as they were made.
 */
final class KeyCalls implements StepListener {
  private final StepListener other;
  private final List<SyscallStep> calls = new ArrayList<>();

  /**
   * A listener in front of another one.
   *
   * @param other hears everything too, if it listens
   */
  KeyCalls(StepListener other) {
    this.other = other;
  }

  @Override
  public boolean isListening() {
    return true;
  }

  @Override
  public synchronized void done(Step step) {
    if (other.isListening()) {
      other.done(step);
    }
    if (step instanceof SyscallStep call && call.result() >= 0 && isKey(call)) {
      calls.add(call);
    }
  }

  @Override
  public Work begin(Work.Kind kind, String subject, long bytes) {
    return other.begin(kind, subject, bytes);
  }

  private static boolean isKey(SyscallStep call) {
    return switch (call.name()) {
      case "clone3", "pivot_root", "execve" -> true;
      case "mount" ->
          call.arguments().contains("\"/\"") || call.arguments().contains("\"overlay\"");
      case "umount2" -> call.arguments().getFirst().equals("\".\"");
      case "fsconfig" ->
          call.arguments().contains("\"lowerdir+\"") || call.arguments().contains("\"upperdir\"");
      default -> false;
    };
  }

  /**
   * The calls as lines, with the directories as a reader in their common parent would name them.
   */
  synchronized List<String> lines(String parent) {
    List<String> lines = new ArrayList<>();
    for (SyscallStep call : calls) {
      String text = call.name().equals("clone3") ? clone(call) : call.call();
      lines.add(cut(text.replace(parent + "/", "")) + " = " + call.resultText());
    }
    return lines;
  }

  /** The namespaces are what counts of it. */
  private static String clone(SyscallStep call) {
    StringBuilder flags = new StringBuilder();
    for (String flag : call.arguments().getFirst().split("[{=|,}]", -1)) {
      if (flag.startsWith("CLONE_NEW")) {
        flags.append(flags.isEmpty() ? "" : "|").append(flag.substring("CLONE_".length()));
      }
    }
    return "clone3({" + flags + "})";
  }

  private static String cut(String text) {
    return text.length() <= 66 ? text : text.substring(0, 65) + "…";
  }
}
