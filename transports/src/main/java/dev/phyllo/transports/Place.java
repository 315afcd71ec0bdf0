package dev.phyllo.transports;

import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where an image lives, as {@code copy} takes it, with skopeo's words (containers-transports(5)).
 */
public sealed interface Place {

  /** {@code docker://NAME}: a registry. */
  record InRegistry(Reference reference) implements Place {}

  /** {@code phyllo:NAME}: the engine's own store; the name may be the start of an id to read. */
  record InStore(String name) implements Place {}

  /** {@code oci:DIR[:TAG]}: an OCI image layout. */
  record Layout(Path path, Optional<String> tag) implements Place {}

  /** {@code oci-archive:FILE[:TAG]}: one in a tar archive. */
  record LayoutArchive(Path path, Optional<String> tag) implements Place {}

  /** {@code docker-archive:FILE[:NAME]}: what {@code docker save} writes. */
  record DockerArchive(Path path, Optional<String> name) implements Place {}

  /** {@code dir:DIR}: the files of one image. */
  record Directory(Path path) implements Place {}

  /**
   * Reads a place.
   *
   * @throws UsageException if it is none
   * @throws dev.phyllo.oci.InvalidException if a name in it is no reference
   */
  static Place parse(String text) {
    int colon = text.indexOf(':');
    String rest = text.substring(colon + 1);
    if (colon > 0 && !rest.isEmpty()) {
      switch (text.substring(0, colon)) {
        case "docker" -> {
          if (rest.startsWith("//")) {
            return new InRegistry(Reference.parse(rest.substring(2)));
          }
        }
        case "phyllo" -> {
          return new InStore(rest);
        }
        case "oci" -> {
          return new Layout(path(text, rest), selector(rest));
        }
        case "oci-archive" -> {
          return new LayoutArchive(path(text, rest), selector(rest));
        }
        case "docker-archive" -> {
          return new DockerArchive(path(text, rest), selector(rest));
        }
        case "dir" -> {
          return new Directory(Path.of(rest));
        }
        default -> {
          // Said below.
        }
      }
    }
    throw new UsageException(
        text,
        "not a place for an image",
        "write docker://NAME, phyllo:NAME, oci:DIR[:TAG], oci-archive:FILE[:TAG],"
            + " docker-archive:FILE[:NAME] or dir:DIR");
  }

  /**
   * Whether a text can only be a place, where a name is expected too: {@code oci:latest} is a name,
   * {@code oci:./latest} a place.
   */
  static boolean isPlace(String text) {
    return text.startsWith("docker://")
        || text.indexOf('/') >= 0
            && (text.startsWith("oci:")
                || text.startsWith("oci-archive:")
                || text.startsWith("docker-archive:")
                || text.startsWith("dir:"));
  }

  private static Path path(String text, String rest) {
    int colon = rest.indexOf(':');
    String path = colon < 0 ? rest : rest.substring(0, colon);
    if (path.isEmpty()) {
      throw new UsageException(
          text, "names no file or directory", "write the path behind the colon");
    }
    return Path.of(path);
  }

  private static Optional<String> selector(String rest) {
    int colon = rest.indexOf(':');
    return colon < 0 || colon + 1 == rest.length()
        ? Optional.empty()
        : Optional.of(rest.substring(colon + 1));
  }
}
