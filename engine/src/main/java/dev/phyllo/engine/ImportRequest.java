package dev.phyllo.engine;

import dev.phyllo.oci.Platform;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A root file system that is to become an image.
 *
 * @param source its tar archive, compressed or not; null to read {@code in}
 * @param in a stream of it; null when there is a source
 * @param name the image's name; without one only its id finds it
 * @param changes Containerfile instructions for its config, such as {@code CMD ["sh"]}
 * @param message what to note in its history; by default where it came from
 * @param platform what it runs on
 */
public record ImportRequest(
    @Nullable Path source,
    @Nullable InputStream in,
    Optional<String> name,
    List<String> changes,
    Optional<String> message,
    Platform platform) {

  /** Keeps a copy. */
  public ImportRequest {
    changes = List.copyOf(changes);
  }

  /** An archive for this machine. */
  public static ImportRequest of(Path source, String name) {
    return new ImportRequest(
        source, null, Optional.of(name), List.of(), Optional.empty(), Platform.host());
  }

  /** The same with instructions. */
  public ImportRequest withChanges(List<String> instructions) {
    return new ImportRequest(source, in, name, instructions, message, platform);
  }
}
