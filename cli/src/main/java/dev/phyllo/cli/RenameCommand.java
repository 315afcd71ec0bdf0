package dev.phyllo.cli;

import dev.phyllo.engine.Life;

/** {@code rename}: another name for a container. */
final class RenameCommand implements Command {
  RenameCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("rename CONTAINER NEW_NAME", "Give a container another name")
        .words(2, 2)
        .example("phyllo rename web web-old");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    life.containers().rename(life.require(arguments.words().get(0)), arguments.words().get(1));
    return 0;
  }
}
