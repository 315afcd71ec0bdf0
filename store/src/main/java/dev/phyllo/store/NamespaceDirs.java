package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the parts of one namespace are. A namespace is a self-contained tree {@code ROOT/ns/NAME};
 * nothing in it points outside, and nothing outside points in.
 *
 * <pre>
 * content/                   an OCI image layout: oci-layout, index.json, blobs/ALG/HEX
 * content/ingest/            half-written blobs
 * snapshots/DRIVER/          layers and writable trees
 * unpacked/DRIVER/           which manifests are unpacked
 * containers/                container records
 * leases/                    what running processes need kept
 * locks/                     lock files
 * </pre>
 *
 * <p>Opening creates nothing: a directory comes into being when something is first written to it,
 * so that listing an empty store leaves no trace.
 */
public final class NamespaceDirs {
  private static final int MAX_NAME = 76;

  private final String namespace;
  private final Path base;
  private final Path content;
  private final Path blobs;

  private NamespaceDirs(Path root, String namespace) {
    this.namespace = namespace;
    this.base = root.toAbsolutePath().normalize().resolve("ns").resolve(namespace);
    this.content = base.resolve("content");
    this.blobs = content.resolve("blobs");
  }

  /**
   * The directories of a namespace below the store's root.
   *
   * @throws InvalidException if the name is not {@code [A-Za-z0-9][A-Za-z0-9._-]{0,75}}
   */
  public static NamespaceDirs open(Path root, String namespace) {
    if (!isName(namespace, 1, MAX_NAME)) {
      throw new InvalidException(
          namespace.isEmpty() ? "\"\"" : namespace,
          "not a name for a namespace",
          "use up to 76 letters, digits, '.', '_' and '-', the first a letter or digit");
    }
    return new NamespaceDirs(root, namespace);
  }

  /** The namespaces below a store's root, sorted. */
  public static List<String> list(Path root) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve("ns"))) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (isName(name, 1, MAX_NAME) && Files.isDirectory(entry)) {
          names.add(name);
        }
      }
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException e) {
      throw new SystemException(root.toString(), e);
    }
    names.sort(null);
    return names;
  }

  /** The namespace's name. */
  public String namespace() {
    return namespace;
  }

  /** The namespace's own directory. */
  public Path base() {
    return base;
  }

  /** The OCI image layout with everything that is content. */
  public Path content() {
    return content;
  }

  /** The layout's index.json: the record of image names. */
  public Path index() {
    return content.resolve("index.json");
  }

  /** The layout's marker file. */
  public Path ociLayout() {
    return content.resolve("oci-layout");
  }

  /** The layout's blobs. */
  public Path blobs() {
    return blobs;
  }

  /** Where a blob is or would be; a {@link Digest} is always safe as a file name. */
  public Path blob(Digest digest) {
    return blobs.resolve(digest.algorithm().token()).resolve(digest.hex());
  }

  /** Half-written blobs, on the same file system as the finished ones. */
  public Path ingest() {
    return content.resolve("ingest");
  }

  /** What a snapshotter keeps. */
  public Path snapshots(String driver) {
    return base.resolve("snapshots").resolve(driver);
  }

  /** The records of manifests that a snapshotter has unpacked. */
  public Path unpacked(String driver) {
    return base.resolve("unpacked").resolve(driver);
  }

  /** The container records. */
  public Path containers() {
    return base.resolve("containers");
  }

  /** Where the volumes are, each a directory with its record. */
  public Path volumes() {
    return base.resolve("volumes");
  }

  /** What running processes need kept. */
  public Path leases() {
    return base.resolve("leases");
  }

  /** The lock files. */
  public Path locks() {
    return base.resolve("locks");
  }

  @Override
  public String toString() {
    return base.toString();
  }

  /**
   * Whether something in a namespace can have this name, be it a container, a volume or a network:
   * docker's rule, ASCII letters, digits and behind the first also {@code _ . -}. It is the name of
   * a directory too.
   *
   * @param least how many characters it has at least
   * @param most how many at most
   */
  public static boolean isName(String name, int least, int most) {
    if (name.length() < least || name.length() > most) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean word = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!word && (i == 0 || c != '.' && c != '_' && c != '-')) {
        return false;
      }
    }
    return true;
  }
}
