package dev.phyllo.cli;

import dev.phyllo.engine.Removal;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;

/** {@code rmi}: names go, and with the last one everything that only the image needed. */
final class RmiCommand implements Command {
  RmiCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("rmi [OPTIONS] IMAGE...", "Remove images and what only they needed")
        .flag("f", "force", "Also if containers stand on it, or by id with several names")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo rmi busybox");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    int status = 0;
    for (String image : arguments.words()) {
      try {
        Removal removal = session.engine().remove(image, arguments.has("force"));
        for (String name : removal.untagged()) {
          session.println("Untagged: " + Reference.parse(name).familiar());
        }
        for (Digest digest : removal.deletedBlobs()) {
          session.println("Deleted: " + digest);
        }
        for (String key : removal.deletedSnapshots()) {
          session.println("Deleted: snapshot " + key);
        }
      } catch (PhylloException e) {
        // The others are still removed, as docker does.
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }
}
