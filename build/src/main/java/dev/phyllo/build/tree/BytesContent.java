package dev.phyllo.build.tree;

import dev.phyllo.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;

/**
 * Content that is in memory, such as a heredoc's.
 *
 * @param bytes all of it
 */
public record BytesContent(byte[] bytes) implements Content {
  @Override
  public Digest digest() {
    return Digest.sha256(bytes);
  }

  @Override
  public InputStream open() {
    return new ByteArrayInputStream(bytes);
  }
}
