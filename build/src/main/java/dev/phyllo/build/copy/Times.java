package dev.phyllo.build.copy;

import java.util.OptionalLong;

/**
 * Which times files get. Without SOURCE_DATE_EPOCH, copied files keep theirs and new directories
 * are of now. With it nothing depends on when or where the build happens: what comes from a build
 * context gets that time, because a checkout's times are those of the checkout; what comes from
 * archives and images keeps its own unless that is later.
 *
 * @param epoch SOURCE_DATE_EPOCH in seconds since 1970, if set
 * @param now the time of the build in seconds since 1970
 */
public record Times(OptionalLong epoch, long now) {
  /** The time of what is made. */
  public long made() {
    return epoch.orElse(now);
  }

  /**
   * The time of what is copied.
   *
   * @param seconds its own
   * @param pinned whether it comes from a build context
   */
  public long copied(long seconds, boolean pinned) {
    if (epoch.isEmpty()) {
      return seconds;
    }
    return pinned ? epoch.getAsLong() : Math.min(seconds, epoch.getAsLong());
  }
}
