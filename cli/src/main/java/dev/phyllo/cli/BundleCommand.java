package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code bundle}: a container in the words of the OCI runtime specification. */
final class BundleCommand implements Command {
  BundleCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("bundle [OPTIONS] CONTAINER", "Print where a container's OCI bundle is")
        .flag("c", "config", "Print its config.json instead")
        .words(1, 1)
        .example("phyllo bundle web")
        .example("phyllo bundle -c web | jq .process.capabilities");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    Container container = life.require(arguments.words().getFirst());
    Path bundle = life.containers().bundle(container);
    if (!arguments.has("config")) {
      session.println(bundle.toString());
      return 0;
    }
    try {
      session.println(Files.readString(bundle.resolve("config.json")).stripTrailing());
    } catch (IOException e) {
      throw new SystemException(bundle.toString(), e);
    }
    return 0;
  }
}
