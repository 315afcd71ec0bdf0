package dev.phyllo.oci;

/** The thing is in use, or something with its name is there already. */
public final class ConflictException extends PhylloException {
  private static final long serialVersionUID = 1L;

  /**
   * An error without a causing exception.
   *
   * @param thing what it is about
   * @param why why it failed
   * @param remedy what the reader can do, or empty
   */
  public ConflictException(String thing, String why, String remedy) {
    super(thing, why, remedy, null);
  }

  /**
   * An error with the exception that led to it.
   *
   * @param thing what it is about
   * @param why why it failed
   * @param remedy what the reader can do, or empty
   * @param cause shown with {@code --debug} only
   */
  public ConflictException(String thing, String why, String remedy, Throwable cause) {
    super(thing, why, remedy, cause);
  }
}
