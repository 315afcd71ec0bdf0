package dev.phyllo.store;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Small JSON documents by key: one file each in one directory, replaced atomically.
 *
 * <p>A key may be any text; letters, digits, {@code .}, {@code _} and {@code -} stand for
 * themselves in the file name, every other byte of its UTF-8 form is written {@code %XX}, and so is
 * a dot at the start, so that no key can name a hidden file or another directory.
 *
 * <p>Reading needs no lock. Who changes records that depend on each other holds a lock of {@link
 * Locks} meanwhile; the records themselves take none.
 */
public final class Records {
  private static final String SUFFIX = ".json";
  private static final int MAX_FILE_NAME = 255; // NAME_MAX of every usual file system
  private static final String HEX = "0123456789ABCDEF";

  private final Path directory;

  /** The records in a directory, which is created when the first one is written. */
  public Records(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads a record.
   *
   * @return the record, or empty if there is none of this key
   * @throws CorruptException if the file is not a JSON object
   */
  public Optional<JsonObject> read(String key) {
    Path file = file(key);
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(JsonCodec.MAX_BYTES + 1);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    try {
      return Optional.of(JsonCodec.parseObject(bytes, file.toString()));
    } catch (InvalidException e) {
      throw new CorruptException(
          file.toString(), "a damaged record: " + e.why(), "remove what it describes", e);
    }
  }

  /**
   * Writes a record, or replaces the one of this key.
   *
   * @param durable whether it must survive a power failure once this returns; see {@link
   *     DurableFiles#replace}
   */
  public void write(String key, Json.Obj record, boolean durable) {
    DurableFiles.createDirectories(directory);
    DurableFiles.replace(file(key), JsonCodec.toBytes(record), durable);
  }

  /**
   * Gives a record another key; a record that had it is replaced.
   *
   * @throws NotFoundException if there is no record of the key {@code from}
   */
  public void rename(String from, String to, boolean durable) {
    Path source = file(from);
    if (!Files.exists(source)) {
      throw new NotFoundException(from, "no such record in " + directory, "");
    }
    DurableFiles.moveIntoPlace(source, file(to));
    if (durable) {
      DurableFiles.syncDirectory(directory);
    }
  }

  /**
   * Deletes a record. A power failure soon afterwards may bring it back: call {@link
   * DurableFiles#syncDirectory} where that matters.
   *
   * @return whether there was one
   */
  public boolean delete(String key) {
    try {
      boolean deleted = Files.deleteIfExists(file(key));
      if (deleted) {
        CrashPoints.reached("record deleted");
      }
      return deleted;
    } catch (IOException e) {
      throw new SystemException(file(key).toString(), e);
    }
  }

  /** All keys, sorted; files that are not records are left out. */
  public List<String> keys() {
    List<String> keys = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String key = decode(file.getFileName().toString());
        if (key != null) {
          keys.add(key);
        }
      }
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    keys.sort(null);
    return keys;
  }

  /**
   * Deletes the files that crashed writers left. The caller holds the lock under which these
   * records are written.
   *
   * @return how many there were
   */
  public int removeTemporaries() {
    return DurableFiles.deleteTemporaries(directory);
  }

  /**
   * The file of a key, which need not exist.
   *
   * @throws InvalidException if the key is empty or too long for a file name
   */
  public Path file(String key) {
    return directory.resolve(encode(key));
  }

  /** The directory. */
  public Path directory() {
    return directory;
  }

  private static String encode(String key) {
    StringBuilder name = new StringBuilder(key.length() + SUFFIX.length());
    for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
      if (isPlain(b) && !(b == '.' && name.isEmpty())) {
        name.append((char) b);
      } else {
        name.append('%').append(HEX.charAt(b >> 4 & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
    name.append(SUFFIX);
    if (key.isEmpty() || name.length() > MAX_FILE_NAME) {
      throw new InvalidException(
          key.isEmpty() ? "\"\"" : key,
          key.isEmpty() ? "not a key" : "too long for a key",
          "use a key of 1 to " + (MAX_FILE_NAME - SUFFIX.length()) + " letters and digits");
    }
    return name.toString();
  }

  /** The key of a file, or null if it is not the name this class gives to any key. */
  private static @Nullable String decode(String name) {
    if (!name.endsWith(SUFFIX) || name.startsWith(".") || name.length() == SUFFIX.length()) {
      return null;
    }
    int length = name.length() - SUFFIX.length();
    byte[] bytes = new byte[length];
    int n = 0;
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c == '%') {
        int high = i + 2 < length ? HEX.indexOf(name.charAt(i + 1)) : -1;
        int low = high >= 0 ? HEX.indexOf(name.charAt(i + 2)) : -1;
        if (low < 0) {
          return null;
        }
        bytes[n++] = (byte) (high << 4 | low);
        i += 2;
      } else if (c < 0x80 && isPlain((byte) c)) {
        bytes[n++] = (byte) c;
      } else {
        return null;
      }
    }
    String key = new String(bytes, 0, n, StandardCharsets.UTF_8);
    return encode(key).equals(name) ? key : null;
  }

  private static boolean isPlain(byte b) {
    return b >= 'a' && b <= 'z'
        || b >= 'A' && b <= 'Z'
        || b >= '0' && b <= '9'
        || b == '.'
        || b == '_'
        || b == '-';
  }
}
