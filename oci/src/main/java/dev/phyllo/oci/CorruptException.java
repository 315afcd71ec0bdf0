package dev.phyllo.oci;

/** Bytes are not what their digest, size or diffID says: the content was damaged or lied about. */
public final class CorruptException extends PhylloException {
  private static final long serialVersionUID = 1L;

  /**
   * An error without a causing exception.
   *
   * @param thing what it is about
   * @param why why it failed
   * @param remedy what the reader can do, or empty
   */
  public CorruptException(String thing, String why, String remedy) {
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
  public CorruptException(String thing, String why, String remedy, Throwable cause) {
    super(thing, why, remedy, cause);
  }
}
