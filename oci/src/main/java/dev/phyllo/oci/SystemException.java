package dev.phyllo.oci;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The operating system refused: a failed system call or file operation. */
public final class SystemException extends PhylloException {
  private static final long serialVersionUID = 1L;

  /** The error number of errno(3), or 0. */
  private final int errno;

  /**
   * A failed system call.
   *
   * @param thing what it was done to
   * @param why the call and the error's name, such as {@code "mount: EPERM (Operation not
   *     permitted)"}
   * @param remedy what the reader can do, or empty
   * @param errno the positive error number of errno(3), or 0 when unknown
   */
  public SystemException(String thing, String why, String remedy, int errno) {
    super(thing, why, remedy, null);
    this.errno = errno;
  }

  /**
   * A failed file operation of the JDK.
   *
   * @param thing what it was done to
   * @param cause its message becomes the reason
   */
  public SystemException(String thing, IOException cause) {
    this(thing, reason(cause), "", cause);
  }

  /**
   * A failed operation.
   *
   * @param thing what it was done to
   * @param why why it failed
   * @param remedy what the reader can do, or empty
   * @param cause shown with {@code --debug} only, or null
   */
  public SystemException(String thing, String why, String remedy, @Nullable Throwable cause) {
    super(thing, why, remedy, cause);
    this.errno = 0;
  }

  /** The positive error number of errno(3), or 0 when it is not known. */
  public int errno() {
    return errno;
  }

  private static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException _ -> "no such file or directory";
      case java.nio.file.FileAlreadyExistsException _ -> "exists already";
      case java.nio.file.AccessDeniedException _ -> "permission denied";
      case java.nio.file.DirectoryNotEmptyException _ -> "directory not empty";
      case java.nio.file.FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}
