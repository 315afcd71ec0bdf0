package dev.phyllo.cli;

/** {@code create}: a container that is started later. */
final class CreateCommand implements Command {
  CreateCommand() {}

  @Override
  public Syntax syntax() {
    Syntax syntax =
        new Syntax("create [OPTIONS] IMAGE [COMMAND] [ARG...]", "Make a container to start later");
    RunOptions.declare(syntax);
    return syntax.example("phyllo create --name web busybox httpd -f");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    session.println(session.engine().life().create(RunOptions.request(arguments, session)).id());
    return 0;
  }
}
