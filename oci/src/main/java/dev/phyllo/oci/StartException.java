package dev.phyllo.oci;

import org.jspecify.annotations.Nullable;

/** A container's process could not be started. */
public final class StartException extends PhylloException {
  private static final long serialVersionUID = 1L;

  /** The engine failed before the command was tried. */
  public static final int ENGINE = 125;

  /** The command is there but cannot be executed. */
  public static final int NOT_EXECUTABLE = 126;

  /** There is no such command in the container. */
  public static final int NOT_FOUND = 127;

  /** What {@code run} exits with. */
  private final int exitStatus;

  /**
   * A failed start.
   *
   * @param thing the command or the step that failed
   * @param why why it failed
   * @param remedy what the reader can do, or empty
   * @param exitStatus {@link #ENGINE}, {@link #NOT_EXECUTABLE} or {@link #NOT_FOUND}: what {@code
   *     run} exits with, as docker does
   * @param cause shown with {@code --debug} only, or null
   */
  public StartException(
      String thing, String why, String remedy, int exitStatus, @Nullable Throwable cause) {
    super(thing, why, remedy, cause);
    this.exitStatus = exitStatus;
  }

  /** What {@code run} exits with. */
  public int exitStatus() {
    return exitStatus;
  }
}
