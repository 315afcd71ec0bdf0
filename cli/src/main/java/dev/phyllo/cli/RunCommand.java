package dev.phyllo.cli;

/** {@code run}: an image becomes a process. */
final class RunCommand implements Command {
  RunCommand() {}

  @Override
  public Syntax syntax() {
    Syntax syntax =
        new Syntax("run [OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new container");
    RunOptions.declare(syntax);
    return syntax
        .example("phyllo run --rm busybox echo hello")
        .example("phyllo run --rm -i -v /src:/src:ro -w /src busybox sh")
        .example("phyllo --explain run --rm busybox true");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    return session.engine().run(RunOptions.request(arguments));
  }
}
