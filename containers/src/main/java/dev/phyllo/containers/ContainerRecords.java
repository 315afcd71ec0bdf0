package dev.phyllo.containers;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is written down of each container: a file in a directory of its id. It is written first and
 * removed last, so that a writable snapshot always belongs to somebody.
 */
final class ContainerRecords {
  private static final String RECORD = "container.json";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private final Path directory;
  private final StepListener steps;

  /**
   * @param directory with one of each container's
   */
  ContainerRecords(Path directory, StepListener steps) {
    this.directory = directory;
    this.steps = steps;
  }

  /** The directory of a container's record and files. */
  Path directory(String id) {
    return directory.resolve(id);
  }

  Path directory(Container container) {
    return directory.resolve(container.id());
  }

  /** The file of a container. */
  Path file(String id) {
    return directory(id).resolve(RECORD);
  }

  /** Whatever has a directory here: containers, and what is half made or half removed. */
  List<String> ids() {
    return DurableFiles.names(directory);
  }

  /** Every container, oldest first. */
  List<Container> list() {
    List<Container> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        Container c = readFrom(entry.resolve(RECORD));
        if (c != null) {
          all.add(c);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    all.sort((a, b) -> Long.compare(a.createdMillis(), b.createdMillis()));
    return all;
  }

  /** The container of that name, or whose id alone begins so. */
  Optional<Container> find(String nameOrId) {
    Container byId = null;
    int matches = 0;
    for (Container c : list()) {
      if (c.name().equals(nameOrId) || c.id().equals(nameOrId)) {
        return Optional.of(c);
      }
      if (!nameOrId.isEmpty() && c.id().startsWith(nameOrId)) {
        byId = c;
        matches++;
      }
    }
    return matches == 1 ? Optional.ofNullable(byId) : Optional.empty();
  }

  /** How a container is as it was last written down. */
  ContainerState state(Container container) {
    return StateFile.read(directory(container));
  }

  /** Writes a container down, making its directory; durably unless it goes when it ends. */
  void write(Container c) {
    DurableFiles.createDirectories(directory);
    makeDirectory(directory(c), !c.ephemeral());
    DurableFiles.replace(file(c.id()), JsonCodec.toBytes(c.toJson()), !c.ephemeral());
  }

  private static void makeDirectory(Path dir, boolean durable) {
    if (durable) {
      DurableFiles.createDirectories(dir);
      return;
    }
    try {
      Files.createDirectory(dir, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (IOException e) {
      throw new SystemException(dir.toString(), e);
    }
  }

  /** The container of an id; null for one that is being made, or was left half removed. */
  @Nullable Container read(String id) {
    return readFrom(file(id));
  }

  private static @Nullable Container readFrom(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      if (Files.notExists(file)) {
        return null;
      }
      throw new SystemException(file.toString(), e);
    }
    if (bytes.length == 0) {
      // An ephemeral record that a power failure emptied.
      return null;
    }
    return Container.fromJson(JsonCodec.parseObject(bytes, file.toString()));
  }

  /** Who listens to what happens to records. */
  StepListener steps() {
    return steps;
  }

  /** Tells who listens. */
  void report(String verb, String subject, String fact, String value) {
    if (steps.isListening()) {
      steps.done(new ContainerStep(verb, subject, Map.of(fact, value)));
    }
  }
}
