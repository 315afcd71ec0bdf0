package dev.phyllo.build.context;

import dev.phyllo.oci.InvalidException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/** What was compressed by bzip2, in one stream or several, each block held against its checksum. */
final class Bzip2 extends FilterInputStream {
  private final String thing;

  /**
   * @param thing what errors call it
   */
  Bzip2(InputStream in, String thing) throws IOException {
    super(new BZip2CompressorInputStream(in, true));
    this.thing = thing;
  }

  @Override
  public int read() throws IOException {
    try {
      return in.read();
    } catch (IOException e) {
      throw broken(e);
    }
  }

  @Override
  public int read(byte[] bytes, int from, int count) throws IOException {
    try {
      return in.read(bytes, from, count);
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private InvalidException broken(IOException e) {
    String why = e.getMessage();
    return new InvalidException(
        thing,
        "not what bzip2 makes: " + (why == null ? "it ends early" : why),
        "make or fetch it again",
        e);
  }
}
