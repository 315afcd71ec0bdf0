package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.engine.Collected;
import dev.phyllo.oci.Digest;

/** {@code gc}: takes away what nothing refers to. */
final class GcCommand implements Command {
  GcCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "gc", "Remove what nothing refers to and what interrupted work has left behind")
        .words(0, 0)
        .example("phyllo gc");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    print(session.engine().gc(), 0, session);
    return 0;
  }

  /**
   * Says what went, a line each, and how much space that was.
   *
   * @param more bytes of what was said already
   */
  static void print(Collected collected, long more, Session session) {
    for (String id : collected.containers()) {
      session.println("Deleted: container " + id);
    }
    for (String key : collected.snapshots()) {
      session.println("Deleted: snapshot " + key);
    }
    for (Digest digest : collected.blobs()) {
      session.println("Deleted: " + digest);
    }
    if (collected.leftovers() > 0) {
      session.println("Deleted: " + collected.leftovers() + " leftovers of interrupted work");
    }
    session.println("Total reclaimed space: " + Sizes.human(collected.bytes() + more));
  }
}
