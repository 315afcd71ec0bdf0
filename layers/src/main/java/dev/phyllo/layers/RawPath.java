package dev.phyllo.layers;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A name in an archive: bytes, as Linux has them, in no particular character set.
 *
 * <p>A tar name is whatever bytes the packer found on disk. Decoding them to a {@link String} and
 * back would turn every byte that is not UTF-8 into U+FFFD and so rename the file; therefore names
 * stay bytes from the archive to the system call. {@link #toString()} is for people only.
 *
 * <p>The bytes are kept exactly as given: {@code ./etc/}, {@code /etc} and {@code etc} are three
 * different values. {@link #components()} and {@link #clean()} see through the difference; {@code
 * ..} is always kept, for whoever resolves the name to judge.
 *
 * <p>Immutable. The order is that of the unsigned bytes, as {@code LC_ALL=C sort} has it.
 */
public final class RawPath implements Comparable<RawPath> {
  /** The name of no bytes: the root of the archive, once cleaned. */
  public static final RawPath EMPTY = new RawPath(new byte[0]);

  private final byte[] bytes;
  private int hash;

  private RawPath(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A path of these bytes; they are copied. */
  public static RawPath of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new RawPath(bytes.clone());
  }

  /** A path of the text's UTF-8 bytes. */
  public static RawPath of(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Takes the array as it is: only for arrays nobody else will change. */
  static RawPath wrap(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new RawPath(bytes);
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The bytes themselves, not to be changed. */
  byte[] raw() {
    return bytes;
  }

  /** The number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** The byte at an index from 0. */
  public byte byteAt(int index) {
    return bytes[index];
  }

  /** Whether it has no bytes. */
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /** Whether the last byte is a slash. */
  public boolean endsWithSlash() {
    return bytes.length > 0 && bytes[bytes.length - 1] == '/';
  }

  /** Copies the bytes from {@code from} (inclusive) to {@code to} (exclusive) into an array. */
  public void copyTo(int from, int to, byte[] target, int targetOffset) {
    System.arraycopy(bytes, from, target, targetOffset, to - from);
  }

  /**
   * The name without its last component, and without the slashes between: {@code usr} for {@code
   * usr/bin/}. Empty when there is only one component.
   */
  public RawPath parent() {
    int end = lastStart(lastEnd());
    while (end > 0 && bytes[end - 1] == '/') {
      end--;
    }
    return slice(0, end);
  }

  /** The last component, trailing slashes removed: {@code bin} for {@code usr/bin/}. */
  public RawPath name() {
    int end = lastEnd();
    return slice(lastStart(end), end);
  }

  /**
   * The components from the root down, without empty ones and without {@code .}: what the kernel
   * would walk. {@code ..} is kept.
   */
  public List<RawPath> components() {
    List<RawPath> list = new ArrayList<>(8);
    int i = 0;
    while (i < bytes.length) {
      int start = i;
      while (i < bytes.length && bytes[i] != '/') {
        i++;
      }
      if (i > start && !(i == start + 1 && bytes[start] == '.')) {
        list.add(slice(start, i));
      }
      i++;
    }
    return list;
  }

  /**
   * The components joined by single slashes: {@code etc/passwd} for {@code ./etc//passwd/} and for
   * {@code /etc/passwd}, and empty for {@code ./}. Returns this when nothing changes.
   */
  public RawPath clean() {
    if (isClean()) {
      return this;
    }
    byte[] out = new byte[bytes.length];
    int n = 0;
    for (RawPath c : components()) {
      if (n > 0) {
        out[n++] = '/';
      }
      System.arraycopy(c.bytes, 0, out, n, c.bytes.length);
      n += c.bytes.length;
    }
    return wrap(Arrays.copyOf(out, n));
  }

  /** Whether a component is {@code ..}. */
  public boolean hasDotDot() {
    int n = bytes.length;
    for (int i = 0; i + 1 < n; i++) {
      if (bytes[i] == '.'
          && bytes[i + 1] == '.'
          && (i == 0 || bytes[i - 1] == '/')
          && (i + 2 == n || bytes[i + 2] == '/')) {
        return true;
      }
    }
    return false;
  }

  /** This path, a slash, and the other; the other alone when this is empty. */
  public RawPath resolve(RawPath other) {
    if (bytes.length == 0) {
      return other;
    }
    if (other.bytes.length == 0) {
      return this;
    }
    int slash = endsWithSlash() ? 0 : 1;
    byte[] joined = Arrays.copyOf(bytes, bytes.length + slash + other.bytes.length);
    if (slash == 1) {
      joined[bytes.length] = '/';
    }
    System.arraycopy(other.bytes, 0, joined, bytes.length + slash, other.bytes.length);
    return new RawPath(joined);
  }

  /**
   * Whether this is the directory itself or below it, comparing bytes of two {@linkplain #clean()
   * clean} paths. Everything is below the empty path.
   */
  public boolean startsWith(RawPath dir) {
    int n = dir.bytes.length;
    return n == 0
        || (bytes.length >= n
            && Arrays.equals(bytes, 0, n, dir.bytes, 0, n)
            && (bytes.length == n || bytes[n] == '/'));
  }

  @Override
  public int compareTo(RawPath other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RawPath p && Arrays.equals(bytes, p.bytes);
  }

  @Override
  public int hashCode() {
    int h = hash;
    if (h == 0) {
      h = Arrays.hashCode(bytes);
      hash = h;
    }
    return h;
  }

  /** For people: UTF-8, with bytes that are not UTF-8 written as {@code \xNN}. */
  @Override
  public String toString() {
    for (byte b : bytes) {
      if (b < 0) {
        return decode();
      }
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private String decode() {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer chunk = CharBuffer.allocate(bytes.length);
    StringBuilder text = new StringBuilder(bytes.length + 16);
    while (true) {
      CoderResult result = decoder.decode(in, chunk, true);
      text.append(chunk.flip());
      chunk.clear();
      if (!result.isError()) {
        return text.toString();
      }
      for (int i = 0; i < result.length(); i++) {
        int b = in.get() & 0xff;
        text.append("\\x").append(Character.forDigit(b >> 4, 16));
        text.append(Character.forDigit(b & 0xf, 16));
      }
    }
  }

  private boolean isClean() {
    int n = bytes.length;
    int start = 0;
    for (int i = 0; i <= n; i++) {
      if (i == n || bytes[i] == '/') {
        int length = i - start;
        if (length == 0 && n > 0 || length == 1 && bytes[start] == '.') {
          return false;
        }
        start = i + 1;
      }
    }
    return true;
  }

  private int lastEnd() {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == '/') {
      end--;
    }
    return end;
  }

  private int lastStart(int end) {
    int start = end;
    while (start > 0 && bytes[start - 1] != '/') {
      start--;
    }
    return start;
  }

  private RawPath slice(int from, int to) {
    return from == 0 && to == bytes.length ? this : wrap(Arrays.copyOfRange(bytes, from, to));
  }
}
