package dev.phyllo.cli;

import dev.phyllo.engine.CommitRequest;
import dev.phyllo.engine.Made;
import java.util.Optional;

/** {@code commit}: a container's changes become the last layer of a new image. */
final class CommitCommand implements Command {
  CommitCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("commit [OPTIONS] CONTAINER [NAME]", "Make an image of a container's changes")
        .value("a", "author", "AUTHOR", "Note who made it")
        .value("c", "change", "INSTRUCTION", "Change the config by a Containerfile instruction")
        .value("m", "message", "TEXT", "Note what it is for")
        .words(1, 2)
        .example("phyllo commit my-container app:2")
        .example("phyllo commit --change 'CMD [\"serve\"]' --change 'ENV A=B' my-container app:2");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Made image =
        session
            .engine()
            .commit(
                new CommitRequest(
                    arguments.words().get(0),
                    arguments.words().size() > 1
                        ? Optional.of(arguments.words().get(1))
                        : Optional.empty(),
                    arguments.values("change"),
                    arguments.value("author"),
                    arguments.value("message")));
    session.println(image.id().toString());
    return 0;
  }
}
