package dev.phyllo.cli;

/** {@code pause} and {@code unpause}: containers stand still, and go on. */
final class PauseCommand implements Command {
  private final boolean stopping;

  PauseCommand(boolean stopping) {
    this.stopping = stopping;
  }

  @Override
  public Syntax syntax() {
    return stopping
        ? new Syntax("pause CONTAINER...", "Stop every process of containers where it is")
            .words(1, Integer.MAX_VALUE)
            .example("phyllo pause web")
        : new Syntax("unpause CONTAINER...", "Let paused containers go on")
            .words(1, Integer.MAX_VALUE)
            .example("phyllo unpause web");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    return EachContainer.of(
        arguments.words(),
        session,
        (container, life) -> {
          if (stopping) {
            life.pause(container);
          } else {
            life.unpause(container);
          }
        });
  }
}
