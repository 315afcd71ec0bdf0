package dev.phyllo.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * A content digest, {@code algorithm:hex}, as the image specification's descriptor.md defines it.
 *
 * <p>A value of this type is always well-formed: the algorithm is registered and the hex part has
 * exactly that algorithm's length in lower case. It can therefore be used as a file name without
 * further checks; a digest like {@code sha256:../..} cannot exist.
 *
 * @param algorithm the hash function
 * @param hex the hash in lower-case hexadecimal
 */
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {

  /** The registered hash functions. */
  public enum Algorithm {
    /** SHA-256, which every implementation must know. */
    SHA256("sha256", "SHA-256", 64),
    /** SHA-512. */
    SHA512("sha512", "SHA-512", 128);

    private final String token;
    private final String javaName;
    private final int hexLength;

    Algorithm(String token, String javaName, int hexLength) {
      this.token = token;
      this.javaName = javaName;
      this.hexLength = hexLength;
    }

    /**
     * The name as it is written in a digest, such as {@code sha256}; also the folder below blobs/.
     */
    public String token() {
      return token;
    }

    /** The number of hexadecimal digits of a hash. */
    public int hexLength() {
      return hexLength;
    }

    /** A fresh hash function. */
    public MessageDigest newMessageDigest() {
      try {
        return MessageDigest.getInstance(javaName);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has " + javaName, e);
      }
    }
  }

  /** Checks the syntax; see {@link #parse} for text from outside. */
  public Digest {
    if (!isHex(hex, algorithm.hexLength)) {
      throw invalid(algorithm.token + ":" + hex);
    }
  }

  /**
   * Reads {@code algorithm:hex}.
   *
   * @throws InvalidException if the text is not a digest of a registered algorithm
   */
  public static Digest parse(String text) {
    for (Algorithm a : Algorithm.values()) {
      int prefix = a.token.length();
      if (text.length() == prefix + 1 + a.hexLength
          && text.startsWith(a.token)
          && text.charAt(prefix) == ':') {
        String hex = text.substring(prefix + 1);
        if (isHex(hex, a.hexLength)) {
          return new Digest(a, hex);
        }
      }
    }
    throw invalid(text);
  }

  /** Whether {@link #parse} would accept the text. */
  public static boolean isValid(String text) {
    for (Algorithm a : Algorithm.values()) {
      if (text.startsWith(a.token + ":")
          && isHex(text.substring(a.token.length() + 1), a.hexLength)) {
        return true;
      }
    }
    return false;
  }

  /** The SHA-256 digest of the bytes. */
  public static Digest sha256(byte[] bytes) {
    return of(Algorithm.SHA256, Algorithm.SHA256.newMessageDigest().digest(bytes));
  }

  /** The digest whose raw hash is given. */
  public static Digest of(Algorithm algorithm, byte[] hash) {
    char[] hex = new char[hash.length * 2];
    for (int i = 0; i < hash.length; i++) {
      hex[2 * i] = Character.forDigit(hash[i] >> 4 & 0xf, 16);
      hex[2 * i + 1] = Character.forDigit(hash[i] & 0xf, 16);
    }
    return new Digest(algorithm, new String(hex));
  }

  /** The first twelve hex digits: what people see in lists. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  // Written out, for the methods a record is given are made at first use, which every start of a
  // container would pay for.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Digest that && algorithm == that.algorithm && hex.equals(that.hex);
  }

  @Override
  public int hashCode() {
    return hex.hashCode();
  }

  @Override
  public int compareTo(Digest other) {
    int c = algorithm.compareTo(other.algorithm);
    return c != 0 ? c : hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return algorithm.token + ":" + hex;
  }

  private static boolean isHex(String text, int length) {
    if (text.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  private static InvalidException invalid(String text) {
    String shown = text.length() <= 150 ? text : text.substring(0, 150) + "…";
    return new InvalidException(
        shown,
        "not a digest",
        "a digest is sha256: and 64, or sha512: and 128 lower-case hex digits");
  }
}
