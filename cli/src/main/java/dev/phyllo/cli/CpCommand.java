package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Terminals;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerCopy;
import dev.phyllo.containers.Containers;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** {@code cp}: files between this machine and a container. */
final class CpCommand implements Command {
  CpCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "cp [OPTIONS] CONTAINER:SRC DST|- / SRC|- CONTAINER:DST",
            "Copy files between this machine and a container, running or not")
        .flag("a", "archive", "Keep owners")
        .flag("L", "follow-link", "A source that is a link is what it leads to")
        .flag("q", "quiet", "Do not say on a terminal how much was copied")
        .words(2, 2)
        .example("phyllo cp web:/etc/nginx/nginx.conf .")
        .example("phyllo cp site/. web:/usr/share/nginx/html")
        .example("phyllo cp web:/var/log - | tar t");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    String source = words.getFirst();
    String destination = words.get(1);
    int from = colon(source);
    int to = colon(destination);
    if (from >= 0 == to >= 0) {
      throw new UsageException(
          "cp " + source + " " + destination,
          from >= 0 ? "both are in containers" : "neither is in a container",
          "write one as CONTAINER:PATH");
    }
    Containers containers = session.engine().containers();
    ContainerCopy copy = new ContainerCopy(containers);
    ContainerCopy.Options options =
        new ContainerCopy.Options(arguments.has("archive"), arguments.has("follow-link"));
    if (from >= 0) {
      Container container = containers.require(source.substring(0, from));
      String path = source.substring(from + 1);
      if (destination.equals("-")) {
        OutputStream out = new BufferedOutputStream(System.out, 1 << 16);
        copy.read(container, path, out, options);
        try {
          out.flush();
        } catch (IOException e) {
          throw new SystemException("standard output", e);
        }
      } else {
        said(copy.fromContainer(container, path, destination, options), arguments, session);
      }
    } else {
      Container container = containers.require(destination.substring(0, to));
      String path = destination.substring(to + 1);
      if (source.equals("-")) {
        said(copy.write(container, path, System.in, options), arguments, session);
      } else {
        said(copy.toContainer(source, container, path, options), arguments, session);
      }
    }
    return 0;
  }

  /** Docker's words, which only somebody who watches sees. */
  private static void said(long bytes, Arguments arguments, Session session) {
    if (!arguments.has("quiet") && Terminals.isTerminal(2)) {
      session.say("Successfully copied " + Sizes.human(bytes) + " to " + arguments.words().get(1));
    }
  }

  /** Where a container's name ends; -1 for a path of this machine, as docker tells them apart. */
  private static int colon(String word) {
    return word.startsWith("/") || word.startsWith(".") ? -1 : word.indexOf(':');
  }
}
