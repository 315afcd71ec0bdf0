package dev.phyllo.cli;

import dev.phyllo.oci.PhylloException;

/** {@code umount}: the end of what {@code mount} made. */
final class UmountCommand implements Command {
  UmountCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "umount DIR|NAME...", "Unmount what mount mounted, and remove what it made for that")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo umount busybox")
        .example("phyllo umount /mnt");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    int status = 0;
    for (String name : arguments.words()) {
      try {
        session.println(session.engine().unmount(name).target());
      } catch (PhylloException e) {
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }
}
