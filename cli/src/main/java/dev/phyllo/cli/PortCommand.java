package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Networks;
import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.oci.NotFoundException;
import java.util.List;

/** {@code port}: where a container's published ports are on the host. */
final class PortCommand implements Command {
  PortCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("port CONTAINER [PORT[/PROTO]]", "Show a container's published ports")
        .words(1, 2)
        .example("phyllo port web 80");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    Containers containers = session.engine().containers();
    Container c = containers.require(words.getFirst());
    String wanted =
        words.size() < 2 ? "" : PortMapping.exposed(words.get(1), words.get(1)).getFirst();
    boolean found = false;
    for (Attachment a : Networks.attachments(containers.directory(c))) {
      for (PortMapping port : a.published()) {
        if (wanted.isEmpty()) {
          session.println(port.inside() + " -> " + port.outside());
        } else if (port.inside().equals(wanted)) {
          session.println(port.outside());
          found = true;
        }
      }
    }
    if (!wanted.isEmpty() && !found) {
      throw new NotFoundException(
          c.name() + " " + wanted,
          "no such port is published, or the container does not run",
          "phyllo port " + c.name() + " shows them");
    }
    return 0;
  }
}
