package dev.phyllo.cli;

import dev.phyllo.containers.RestartPolicy;
import dev.phyllo.engine.ResourceRequest;
import dev.phyllo.oci.UsageException;
import java.util.Optional;

/** {@code update}: other limits and another restart policy, also for a container that runs. */
final class UpdateCommand implements Command {
  UpdateCommand() {}

  @Override
  public Syntax syntax() {
    Syntax syntax =
        new Syntax("update OPTIONS CONTAINER...", "Change the limits of containers")
            .words(1, Integer.MAX_VALUE)
            .example("phyllo update --memory 512m --cpus 1.5 web")
            .example("phyllo update --restart unless-stopped web");
    ResourceOptions.declareChangeable(syntax);
    return syntax.value(null, "restart", "POLICY", "no, on-failure[:N], always, unless-stopped");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    ResourceRequest changes = new ResourceRequest();
    ResourceOptions.apply(arguments, changes);
    Optional<RestartPolicy> restart = arguments.value("restart").map(RestartPolicy::parse);
    if (restart.isEmpty() && changes.isEmpty()) {
      throw new UsageException("update", "nothing to change", "see phyllo update --help");
    }
    return EachContainer.of(
        arguments.words(), session, (container, life) -> life.update(container, changes, restart));
  }
}
