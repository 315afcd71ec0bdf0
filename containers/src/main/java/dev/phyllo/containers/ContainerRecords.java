package dev.phyllo.containers;

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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is written down of each container: a file in a directory of its id. */
final class ContainerRecords {
  private static final String RECORD = "container.json";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private final Path directory;

  /**
   * @param directory with one of each container's
   */
  ContainerRecords(Path directory) {
    this.directory = directory;
  }

  /** The file of a container. */
  Path file(String id) {
    return directory.resolve(id).resolve(RECORD);
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

  /** Writes a container down, making its directory; durably unless it goes when it ends. */
  void write(Container c) {
    DurableFiles.createDirectories(directory);
    makeDirectory(directory.resolve(c.id()), !c.ephemeral());
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
}
