package dev.phyllo.cli;

import dev.phyllo.engine.CommitRequest;
import dev.phyllo.engine.Made;
import java.util.List;
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
    List<String> words = arguments.words();
    CommitRequest request =
        new CommitRequest(
            words.getFirst(),
            words.size() > 1 ? Optional.of(words.get(1)) : Optional.empty(),
            arguments.values("change"),
            arguments.value("author"),
            arguments.value("message"));
    Made image;
    try (Session.Watching _ = session.watch(false)) {
      image = session.engine().commit(request);
    }
    session.println(image.id().toString());
    return 0;
  }
}
