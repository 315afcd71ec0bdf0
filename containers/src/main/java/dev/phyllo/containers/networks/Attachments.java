package dev.phyllo.containers.networks;

import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a container holds of networks, written down in its own directory before the first plugin is
 * called, so that whoever comes after a crash can undo it. It need not survive a power failure, and
 * neither do networks.
 */
public final class Attachments {
  private static final String FILE = "network.json";
  private static final String NAMESPACE = "netns";

  private Attachments() {}

  /** Those of a container, by its directory; none if it has none. */
  public static List<Attachment> read(Path container) {
    Path file = container.resolve(FILE);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    List<Attachment> all = new ArrayList<>();
    if (bytes.length > 0) {
      for (JsonObject o : JsonCodec.parseObject(bytes, file.toString()).objects("attachments")) {
        all.add(Attachment.fromJson(o));
      }
    }
    return all;
  }

  /** Replaces what is written down. */
  public static void write(Path container, List<Attachment> all) {
    List<Json> rows = new ArrayList<>();
    for (Attachment a : all) {
      rows.add(a.toJson());
    }
    Json.Obj content = new JsonBuilder().put("attachments", new Json.Array(rows)).build();
    DurableFiles.replace(container.resolve(FILE), JsonCodec.toBytes(content), false);
  }

  /** Whether there is anything to undo. */
  public static boolean exist(Path container) {
    return Files.exists(container.resolve(FILE)) || Files.exists(namespace(container));
  }

  /** Nothing is held any more. */
  public static void delete(Path container) {
    try {
      Files.deleteIfExists(container.resolve(FILE));
    } catch (IOException e) {
      throw new SystemException(container.resolve(FILE).toString(), e);
    }
  }

  /** The file that the container's network namespace is mounted on. */
  public static Path namespace(Path container) {
    return container.resolve(NAMESPACE);
  }
}
