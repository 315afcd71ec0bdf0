package dev.phyllo.transports;

import java.io.ByteArrayInputStream;
import java.io.InputStream;

/**
 * A small file that is kept in memory, or a document made here.
 *
 * @param where where it came from
 * @param bytes its content, which nobody changes
 */
@SuppressWarnings("ArrayRecordComponent") // an implementation detail, never compared
record MemoryFile(String where, byte[] bytes) implements ImageFile {
  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public InputStream open() {
    return new ByteArrayInputStream(bytes);
  }
}
