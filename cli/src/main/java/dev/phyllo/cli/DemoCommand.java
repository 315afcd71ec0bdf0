package dev.phyllo.cli;

/** {@code demo}. */
final class DemoCommand implements Command {
  DemoCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("demo", "Make an image by hand and watch it become a process").words(0, 0);
  }

  @Override
  public int run(Arguments arguments, Session session) {
    throw new UnsupportedOperationException();
  }
}
