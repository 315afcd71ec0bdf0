package dev.phyllo.build;

import dev.phyllo.containers.ContainerImage;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.ProcessSpec;
import java.util.Optional;

/** How containers are started where nobody says more: RUN starts its own in the same way. */
public interface RunDefaults {
  /**
   * The whole of a container's specification.
   *
   * @param network the network by its word, if it is said
   */
  ContainerSpec spec(ContainerImage image, ProcessSpec process, Optional<String> network);
}
