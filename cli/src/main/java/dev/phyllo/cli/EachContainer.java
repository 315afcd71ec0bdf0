package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.PhylloException;
import java.util.List;

/** Doing one thing to several containers, as docker does: each name is printed when it is done. */
final class EachContainer {
  private EachContainer() {}

  /** What is done. */
  @FunctionalInterface
  interface Deed {
    /** Does it. */
    void to(Container container, Life life);
  }

  /**
   * Does it to all of them, also when it fails for some.
   *
   * @return the exit status: 1 if any failed
   */
  static int of(List<String> names, Session session, Deed deed) {
    Life life = session.engine().life();
    int status = 0;
    for (String name : names) {
      try {
        deed.to(life.require(name), life);
        session.println(name);
        session.flush();
      } catch (PhylloException e) {
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }
}
