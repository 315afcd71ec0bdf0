package dev.phyllo.build;

import dev.phyllo.containers.ContainerImage;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.ProcessSpec;
import java.util.List;
import java.util.Optional;

/** How containers are started where nobody says more: RUN starts its own in the same way. */
public interface RunDefaults {
  /**
   * The whole of a container's specification.
   *
   * @param network the network by its word, if it is said
   * @param hosts further names, each as {@code NAME:ADDRESS}
   */
  ContainerSpec spec(
      ContainerImage image, ProcessSpec process, Optional<String> network, List<String> hosts);
}
