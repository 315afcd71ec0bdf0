package dev.phyllo.build.containerfile;

import java.time.Duration;
import java.util.Optional;

/**
 * {@code HEALTHCHECK [flags] CMD command} or {@code HEALTHCHECK NONE}.
 *
 * @param command what is executed in the container; empty for NONE, which undoes that of the base
 * @param interval the time between two checks
 * @param timeout how long one may take
 * @param startPeriod how long failures do not count
 * @param startInterval the time between two checks in that period
 * @param retries after how many failures the container is unhealthy; zero, as with the times, means
 *     not said
 */
public record Healthcheck(
    Origin origin,
    Optional<Command> command,
    Duration interval,
    Duration timeout,
    Duration startPeriod,
    Duration startInterval,
    int retries)
    implements Instruction {
  @Override
  public Healthcheck expand(Expansion expansion) {
    return this;
  }
}
