package dev.phyllo.transports.registry;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Locale;

/**
 * The body of an answer (RFC 9112, section 6): as long as it says, in chunks, or to the end of the
 * connection. One that ends early is an error. Whoever reads it to its end leaves the connection
 * for the next request.
 */
final class AnswerBody extends InputStream {
  private static final long TO_THE_END = -1;
  private static final int MAX_LINE = 4 << 10;

  /** Takes back a connection. */
  interface Return {
    /**
     * The body is over.
     *
     * @param whole whether all of it was read
     */
    void ended(boolean whole);
  }

  private final InputStream in;
  private final Return back;
  private final boolean chunked;
  private long left;
  private boolean begun;
  private boolean over;

  private AnswerBody(InputStream in, boolean chunked, long left, Return back) {
    this.in = in;
    this.chunked = chunked;
    this.left = left;
    this.back = back;
  }

  /**
   * The body behind a head.
   *
   * @param none whether there is none whatever the headers say, as for HEAD
   */
  static AnswerBody of(Connection.Head head, boolean none, InputStream in, Return back)
      throws IOException {
    HttpHeaders headers = head.headers();
    boolean chunked = false;
    long length = TO_THE_END;
    if (none || head.status() == 204 || head.status() == 304) {
      length = 0;
    } else if (!headers.allValues("transfer-encoding").isEmpty()) {
      String coding = String.join(",", headers.allValues("transfer-encoding"));
      if (!coding.toLowerCase(Locale.ROOT).equals("chunked")) {
        throw new IOException("an answer in the coding " + coding);
      }
      chunked = true;
      length = 0;
    } else if (!headers.allValues("content-length").isEmpty()) {
      length = length(headers.allValues("content-length"));
    }
    AnswerBody body = new AnswerBody(in, chunked, length, back);
    if (length == 0 && !chunked) {
      body.end(true);
    }
    return body;
  }

  private static long length(List<String> values) throws IOException {
    String first = values.getFirst();
    for (String value : values) {
      if (!value.equals(first)) {
        throw new IOException("an answer of two lengths");
      }
    }
    try {
      long length = Long.parseLong(first);
      if (length >= 0) {
        return length;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new IOException("an answer whose length is no number");
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    if (len == 0) {
      return 0;
    }
    if (over) {
      return -1;
    }
    boolean fine = false;
    try {
      int n = readOn(b, off, len);
      fine = true;
      return n;
    } catch (SocketTimeoutException e) {
      throw new IOException("the server has fallen silent", e);
    } finally {
      if (!fine) {
        end(false);
      }
    }
  }

  private int readOn(byte[] b, int off, int len) throws IOException {
    if (chunked && left == 0) {
      left = nextChunk();
      if (left == 0) {
        end(true);
        return -1;
      }
    }
    int most = left == TO_THE_END ? len : (int) Math.min(len, left);
    int n = in.read(b, off, most);
    if (n < 0) {
      if (left == TO_THE_END) {
        end(false);
        return -1;
      }
      throw new EOFException("the connection was closed before the end of the answer");
    }
    if (left != TO_THE_END) {
      left -= n;
      if (left == 0 && !chunked) {
        end(true);
      }
    }
    return n;
  }

  /** The length of the next chunk, 0 behind the last. */
  private long nextChunk() throws IOException {
    if (begun && !line().isEmpty()) {
      throw new IOException("a chunk that is longer than it says");
    }
    begun = true;
    String line = line();
    int end = line.indexOf(';');
    String hex = (end < 0 ? line : line.substring(0, end)).strip();
    long length;
    try {
      length = Long.parseLong(hex, 16);
    } catch (NumberFormatException e) {
      throw new IOException("a chunk whose length is no number", e);
    }
    if (length < 0 || hex.startsWith("+")) {
      throw new IOException("a chunk whose length is no number");
    }
    if (length == 0) {
      for (String trailer = line(); !trailer.isEmpty(); trailer = line()) {
        // What is said behind the last chunk does not matter here.
      }
    }
    return length;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed before the end of the answer");
      }
      if (line.length() == MAX_LINE) {
        throw new IOException("a chunk with too much about it");
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  private void end(boolean whole) {
    if (!over) {
      over = true;
      back.ended(whole);
    }
  }

  @Override
  public void close() {
    end(false);
  }
}
