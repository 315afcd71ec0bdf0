package dev.phyllo.engine;

import dev.phyllo.oci.Platform;
import dev.phyllo.transports.SaveFormat;
import dev.phyllo.transports.SaveOptions;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to save, and where to.
 *
 * @param images names or ids. A name without tag and digest stands for every image of that
 *     repository, as in docker; an image that is given by id is saved without a name
 * @param target a file, or with {@link SaveFormat#OCI_DIR} a directory; null to write to {@code
 *     out}
 * @param out a stream for an archive, which is not closed; null when there is a target
 * @param options the format, the platform and the time of the archive's entries
 */
public record SaveRequest(
    List<String> images, @Nullable Path target, @Nullable OutputStream out, SaveOptions options) {

  /** Keeps a copy. */
  public SaveRequest {
    images = List.copyOf(images);
  }

  /** To a file or directory, in docker's format. */
  public static SaveRequest to(Path target, List<String> images) {
    return new SaveRequest(images, target, null, SaveOptions.of(SaveFormat.DOCKER_ARCHIVE));
  }

  /** To a stream, in docker's format. */
  public static SaveRequest to(OutputStream out, List<String> images) {
    return new SaveRequest(images, null, out, SaveOptions.of(SaveFormat.DOCKER_ARCHIVE));
  }

  /** The same in another format. */
  public SaveRequest withFormat(SaveFormat format) {
    return new SaveRequest(
        images, target, out, new SaveOptions(format, options.platform(), options.epochSeconds()));
  }

  /** The same for one platform of each image only. */
  public SaveRequest withPlatform(Platform platform) {
    return new SaveRequest(images, target, out, options.withPlatform(platform));
  }

  /** The same with this time on every entry, as SOURCE_DATE_EPOCH. */
  public SaveRequest withEpochSeconds(long seconds) {
    return new SaveRequest(images, target, out, options.withEpochSeconds(seconds));
  }
}
