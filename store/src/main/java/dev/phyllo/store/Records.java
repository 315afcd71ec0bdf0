package dev.phyllo.store;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Skeleton. */
public final class Records {
  /** The records in a directory. */
  public Records(Path directory) {}

  /** Reads a record. */
  public Optional<JsonObject> read(String key) {
    throw new UnsupportedOperationException();
  }

  /** Writes or replaces a record. */
  public void write(String key, Json.Obj record, boolean durable) {
    throw new UnsupportedOperationException();
  }

  /** Gives a record another key. */
  public void rename(String from, String to, boolean durable) {
    throw new UnsupportedOperationException();
  }

  /** Deletes a record. */
  public boolean delete(String key) {
    throw new UnsupportedOperationException();
  }

  /** All keys, sorted. */
  public List<String> keys() {
    throw new UnsupportedOperationException();
  }

  /** The file of a key. */
  public Path file(String key) {
    throw new UnsupportedOperationException();
  }
}
