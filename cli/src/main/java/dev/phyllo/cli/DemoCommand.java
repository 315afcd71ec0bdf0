package dev.phyllo.cli;

import dev.phyllo.cli.demo.Demo;
import dev.phyllo.cli.output.Terminals;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code demo}: an image is made by hand and becomes a process, step by step. */
final class DemoCommand implements Command {
  DemoCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("demo [OPTIONS]", "Make an image by hand and watch it become a process")
        .flag(null, "keep", "Leave everything to be looked at")
        .flag(null, "pause", "Wait for Enter between the steps")
        .words(0, 0)
        .example("phyllo demo")
        .example("phyllo demo --keep")
        .example("phyllo --explain demo");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    session.flush();
    return Demo.run(
        session.options(),
        System.out,
        Terminals.hasColours(1),
        arguments.has("keep"),
        isRoot(),
        arguments.has("pause") && Terminals.isTerminal(0) ? DemoCommand::waitForEnter : () -> {});
  }

  private static void waitForEnter() {
    System.out.print("   (Enter) ");
    System.out.flush();
    try {
      int c;
      do {
        c = System.in.read();
      } while (c >= 0 && c != '\n');
    } catch (IOException e) {
      throw new SystemException("standard input", e);
    }
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException | UnsupportedOperationException _) {
      return false; // no Linux
    }
  }
}
