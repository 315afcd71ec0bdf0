package dev.phyllo.transports;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.OutputStream;

/** A stream whose failures name what it writes to. */
final class NamedOutput extends OutputStream {
  private final String thing;
  private final OutputStream out;

  NamedOutput(String thing, OutputStream out) {
    this.thing = thing;
    this.out = out;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] b, int off, int len) {
    try {
      out.write(b, off, len);
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }
}
