package dev.phyllo.engine;

import dev.phyllo.oci.PhylloException;
import java.nio.file.Path;

/** The supervisor as a program; {@link SupervisorClient} starts it. */
public final class SupervisorMain {
  private SupervisorMain() {}

  /**
   * Keeps the detached containers of a root until there are none.
   *
   * @param args the root
   */
  public static void main(String[] args) {
    int status = 0;
    try {
      keep(Path.of(args[0]));
    } catch (PhylloException e) {
      System.err.println(e.getMessage());
      status = 1;
    }
    dev.phyllo.linux.Linux.exit(status);
  }

  /** The same without leaving the process: returns some seconds after the last container ended. */
  public static void keep(Path root) {
    new Supervisor(root).run();
  }
}
