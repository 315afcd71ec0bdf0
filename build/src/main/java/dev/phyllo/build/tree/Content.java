package dev.phyllo.build.tree;

import dev.phyllo.oci.Digest;
import java.io.InputStream;

/** What a file holds. */
public interface Content {
  /**
   * Identifies it: equal contents have equal digests. Computed when first asked for, if nobody
   * knows it yet.
   */
  Digest digest();

  /**
   * Where the content can be read without any preparation.
   *
   * @throws dev.phyllo.oci.SystemException if it cannot be read
   */
  InputStream open();
}
