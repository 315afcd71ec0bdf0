package dev.phyllo.containers;

import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.OfdLock;
import dev.phyllo.linux.SubordinateIds;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which ids of the host a container has: a record in its own directory, so that it keeps them from
 * its first start until it is removed, and whoever removes it gives them back.
 *
 * <p>Ids that the engine picks belong to no other container of the same root, in any namespace.
 * They are those that {@code /etc/subuid} and {@code /etc/subgid} give the user {@code phyllo}, or
 * else {@code containers}, from which podman takes too; without either, those from {@link #FIRST}
 * on that no line there gives to anybody.
 */
final class UserRanges {
  /** From here on systemd, which lists all ranges that anybody uses, knows of nobody. */
  static final long FIRST = 1_879_048_192L;

  private static final long COUNT = 268_304_384L;
  private static final String RECORD = "users.json";
  private static final String[] OWNERS = {"phyllo", "containers"};

  private UserRanges() {}

  /** The ids that a container has; empty before its first start, and if it has the host's. */
  static Optional<IdMaps> read(Path directory) {
    Path file = directory.resolve(RECORD);
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length == 0) {
        return Optional.empty(); // a power failure took it: nothing runs with them
      }
      JsonObject o = JsonCodec.parseObject(bytes, file.toString());
      return Optional.of(
          new IdMaps(IdMap.parse(o.requireString("uids")), IdMap.parse(o.requireString("gids"))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /**
   * The ids a container starts with, written down.
   *
   * @param directory its own
   * @param durable whether it outlives a power failure
   * @throws ConflictException if there are no more that nobody has
   */
  static IdMaps acquire(UserSpec spec, Path directory, boolean durable) {
    if (spec.size() == 0) {
      return write(new IdMaps(spec.uids(), spec.gids()), directory, durable);
    }
    Path root = NetworkHolding.root(directory);
    try (OfdLock _ = OfdLock.lock(root.resolve("users.lock"), true, true)) {
      Optional<IdMaps> before = read(directory);
      if (before.isPresent()) {
        return before.get();
      }
      List<IdMap.Range> uids = new ArrayList<>();
      List<IdMap.Range> gids = new ArrayList<>();
      for (IdMaps other : others(root, directory)) {
        uids.addAll(other.uids().ranges());
        gids.addAll(other.gids().ranges());
      }
      IdMaps picked =
          new IdMaps(
              pick(Path.of("/etc/subuid"), uids, spec.size()),
              pick(Path.of("/etc/subgid"), gids, spec.size()));
      return write(picked, directory, durable);
    }
  }

  private static IdMaps write(IdMaps maps, Path directory, boolean durable) {
    DurableFiles.replace(
        directory.resolve(RECORD),
        JsonCodec.toBytes(
            new JsonBuilder()
                .put("uids", maps.uids().toFile())
                .put("gids", maps.gids().toFile())
                .build()),
        durable);
    return maps;
  }

  /** What the other containers of a root have. */
  private static List<IdMaps> others(Path root, Path own) {
    List<IdMaps> found = new ArrayList<>();
    for (String namespace : NamespaceDirs.list(root)) {
      Path containers = NamespaceDirs.open(root, namespace).containers();
      for (String id : DurableFiles.names(containers)) {
        Path directory = containers.resolve(id);
        if (!directory.equals(own)) {
          try {
            read(directory).ifPresent(found::add);
          } catch (PhylloException e) {
            throw new ConflictException(
                directory.resolve(RECORD).toString(),
                "which ids this container has cannot be read: " + e.why(),
                "remove the container: phyllo rm " + id.substring(0, Math.min(12, id.length())),
                e);
          }
        }
      }
    }
    return found;
  }

  private static IdMap pick(Path file, List<IdMap.Range> taken, long size) {
    List<IdMap.Range> given = new ArrayList<>();
    for (String owner : OWNERS) {
      if (given.isEmpty()) {
        given.addAll(SubordinateIds.of(file, owner, -1));
      }
    }
    List<IdMap.Range> used = new ArrayList<>(taken);
    if (given.isEmpty()) {
      given.add(new IdMap.Range(0, FIRST, COUNT));
      used.addAll(SubordinateIds.all(file));
    }
    return pick(given, used, size, file.toString());
  }

  /** The first consecutive ids of those given that nobody uses. */
  static IdMap pick(List<IdMap.Range> given, List<IdMap.Range> used, long size, String file) {
    for (IdMap.Range range : given) {
      long first = range.outside();
      boolean moved = true;
      while (moved) {
        moved = false;
        for (IdMap.Range other : used) {
          if (first < other.outside() + other.count() && other.outside() < first + size) {
            first = other.outside() + other.count();
            moved = true;
          }
        }
      }
      if (first + size <= range.outside() + range.count()) {
        return new IdMap(List.of(new IdMap.Range(0, first, size)));
      }
    }
    throw new ConflictException(
        "--user-ns auto",
        "no " + size + " consecutive ids are left that no container has",
        "give the user phyllo more in " + file + ", or remove containers that have them");
  }
}
