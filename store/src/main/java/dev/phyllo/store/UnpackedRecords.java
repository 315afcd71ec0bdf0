package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which manifests a snapshotter has unpacked: {@code unpacked/DRIVER/ALG-HEX.json}.
 *
 * <p>A record is written last, after every snapshot it speaks of is durable and committed. Starting
 * a container begins with it and needs neither the manifest nor any hashing. It says nothing that
 * cannot be derived again from the image: a record that is missing or cannot be read only means
 * that the image will be unpacked again, which finds the snapshots that are there.
 */
public final class UnpackedRecords {
  private static final String SUFFIX = ".json";

  private final NamespaceDirs dirs;

  /** The records of a namespace. */
  public UnpackedRecords(NamespaceDirs dirs) {
    this.dirs = dirs;
  }

  /**
   * What is known of a manifest; empty if it is not unpacked or the record cannot be understood.
   *
   * @param driver the snapshotter's name
   * @throws SystemException if the system refuses
   */
  public Optional<Unpacked> find(String driver, Digest manifest) {
    Path file = file(driver, manifest);
    try (InputStream in = Files.newInputStream(file)) {
      Unpacked unpacked = parse(in.readNBytes(JsonCodec.MAX_BYTES + 1), file.toString());
      return unpacked.manifest().equals(manifest) ? Optional.of(unpacked) : Optional.empty();
    } catch (NoSuchFileException | InvalidException _) {
      return Optional.empty();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /** Records, durably, that a manifest is unpacked; replaces what was recorded before. */
  public void put(String driver, Unpacked unpacked) {
    List<String> chainIds = new ArrayList<>(unpacked.chainIds().size());
    for (Digest chainId : unpacked.chainIds()) {
      chainIds.add(chainId.toString());
    }
    JsonBuilder json =
        new JsonBuilder()
            .put("manifest", unpacked.manifest().toString())
            .put("config", unpacked.config().toString())
            .put("chainIds", JsonBuilder.array(chainIds));
    DurableFiles.createDirectories(dirs.unpacked(driver));
    DurableFiles.replace(file(driver, unpacked.manifest()), JsonCodec.toBytes(json.build()), true);
  }

  /**
   * Forgets a manifest, durably. Do so before removing its snapshots.
   *
   * @return whether there was a record
   */
  public boolean remove(String driver, Digest manifest) {
    Path file = file(driver, manifest);
    try {
      if (!Files.deleteIfExists(file)) {
        return false;
      }
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    CrashPoints.reached("unpacked record deleted");
    DurableFiles.syncDirectory(dirs.unpacked(driver));
    return true;
  }

  /** All records of a driver that can be understood, in no particular order. */
  public List<Unpacked> list(String driver) {
    List<Unpacked> records = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dirs.unpacked(driver))) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (!name.endsWith(SUFFIX) || name.startsWith(".")) {
          continue;
        }
        String digest = name.substring(0, name.length() - SUFFIX.length()).replace('-', ':');
        if (Digest.isValid(digest)) {
          find(driver, Digest.parse(digest)).ifPresent(records::add);
        }
      }
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException e) {
      throw new SystemException(dirs.unpacked(driver).toString(), e);
    }
    return records;
  }

  /**
   * Deletes the files that crashed writers left. The caller knows that nobody writes: all do so
   * under a lease.
   *
   * @return how many there were
   */
  public int removeTemporaries(String driver) {
    return DurableFiles.deleteTemporaries(dirs.unpacked(driver));
  }

  private Path file(String driver, Digest manifest) {
    return dirs.unpacked(driver)
        .resolve(manifest.algorithm().token() + "-" + manifest.hex() + SUFFIX);
  }

  private static Unpacked parse(byte[] bytes, String thing) {
    JsonObject o = JsonCodec.parseObject(bytes, thing);
    List<Digest> chainIds = new ArrayList<>();
    for (String chainId : o.strings("chainIds")) {
      chainIds.add(Digest.parse(chainId));
    }
    return new Unpacked(
        Digest.parse(o.requireString("manifest")),
        Digest.parse(o.requireString("config")),
        chainIds);
  }
}
