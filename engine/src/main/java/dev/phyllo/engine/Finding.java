package dev.phyllo.engine;

/**
 * Something that is not as it should be, or was not.
 *
 * @param thing what: a blob, an image, a snapshot, a file
 * @param problem what is wrong with it
 * @param remedy what to do, or what was done
 * @param state how it is now
 */
public record Finding(String thing, String problem, String remedy, State state) {
  /** How something is after it was looked at. */
  public enum State {
    /** It is broken, and nobody has repaired it. */
    BROKEN,
    /** It was broken and is whole again. */
    REPAIRED,
    /** It looks odd and harms nothing. */
    HARMLESS
  }

  /** Whether it is still broken. */
  public boolean isBroken() {
    return state == State.BROKEN;
  }

  @Override
  public String toString() {
    return thing + ": " + problem + (remedy.isEmpty() ? "" : "; " + remedy);
  }
}
