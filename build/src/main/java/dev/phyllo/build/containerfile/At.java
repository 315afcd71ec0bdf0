package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where in a Containerfile an error is. The error's own line has file, line and column as text;
 * this is its cause, so that whoever has the file can {@linkplain Excerpt show the line}.
 */
public final class At extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Location location;

  /**
   * A place.
   *
   * @param location the place
   * @param cause what happened there, if that is an error of its own
   */
  public At(Location location, @Nullable Throwable cause) {
    super(location.toString(), cause, false, false);
    this.location = location;
  }

  /** The place. */
  public Location location() {
    return location;
  }

  /** The place an error is about, if it is one in a Containerfile. */
  public static Optional<Location> of(PhylloException error) {
    return error.getCause() instanceof At at ? Optional.of(at.location()) : Optional.empty();
  }

  /**
   * An error at a place.
   *
   * @param location where
   * @param why what is wrong
   * @param remedy what the reader can do, or empty
   */
  public static InvalidException invalid(Location location, String why, String remedy) {
    return new InvalidException(location.toString(), why, remedy, new At(location, null));
  }
}
