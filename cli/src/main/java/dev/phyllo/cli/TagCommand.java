package dev.phyllo.cli;

/** {@code tag}: another name for an image. */
final class TagCommand implements Command {
  TagCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("tag IMAGE NAME", "Give an image another name")
        .words(2, 2)
        .example("phyllo tag busybox registry.example.com/tools/busybox:1");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    session.engine().tag(arguments.words().get(0), arguments.words().get(1));
    return 0;
  }
}
