package dev.phyllo.build.copy;

/**
 * Whom a file belongs to.
 *
 * @param uid the user's number
 * @param gid the group's number
 */
public record Owner(long uid, long gid) {
  /** Root. */
  public static final Owner ROOT = new Owner(0, 0);
}
