package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** A file of an image source: its bytes, and where they are for error messages. */
interface ImageFile {

  /** How many bytes {@link #head} gives. */
  int HEAD_BYTES = 16;

  /** What an error about damaged content advises. */
  String MAKE_AGAIN = "copy or save the image again";

  /** The source, the entry, and the offset where there is one. */
  String where();

  /** The length in bytes. */
  long size();

  /** The bytes from the start; may be called several times, from several threads. */
  InputStream open();

  /** The first bytes, at most {@value #HEAD_BYTES}: enough to tell how they are compressed. */
  default byte[] head() {
    try (InputStream in = open()) {
      return in.readNBytes(HEAD_BYTES);
    } catch (IOException e) {
      throw new SystemException(where(), e);
    }
  }

  /** The SHA-256 digest; reads the whole file where it is not known. */
  default Digest digest() {
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = open()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new SystemException(where(), e);
    }
    return Digest.of(Digest.Algorithm.SHA256, hash.digest());
  }

  /**
   * The whole content of a document.
   *
   * @throws InvalidException if it is longer than any document may be
   * @throws CorruptException if the source ends before it
   */
  static byte[] read(ImageFile file) {
    if (file.size() > JsonCodec.MAX_BYTES) {
      throw new InvalidException(
          file.where(),
          "a document of "
              + file.size()
              + " bytes is over the limit of "
              + JsonCodec.MAX_BYTES
              + " bytes",
          "");
    }
    try (InputStream in = file.open()) {
      byte[] bytes = in.readNBytes((int) file.size());
      if (bytes.length < file.size()) {
        throw new CorruptException(
            file.where(),
            "ends after " + bytes.length + " of " + file.size() + " bytes",
            MAKE_AGAIN);
      }
      return bytes;
    } catch (IOException e) {
      throw new SystemException(file.where(), e);
    }
  }

  /**
   * The whole content of a document that a descriptor names.
   *
   * @throws CorruptException if the bytes are not those the descriptor names
   */
  static byte[] read(ImageFile file, Descriptor d) {
    checkSize(file, d);
    byte[] bytes = read(file);
    MessageDigest hash = d.digest().algorithm().newMessageDigest();
    Digest actual = Digest.of(d.digest().algorithm(), hash.digest(bytes));
    if (!actual.equals(d.digest())) {
      throw new CorruptException(
          file.where(), "content has digest " + actual + ", not " + d.digest(), MAKE_AGAIN);
    }
    return bytes;
  }

  /** Refuses a file whose length is not what the descriptor says, before anything is read. */
  static void checkSize(ImageFile file, Descriptor d) {
    if (file.size() != d.size()) {
      throw new CorruptException(
          file.where(),
          "is " + file.size() + " bytes long, but " + d.digest() + " has " + d.size(),
          MAKE_AGAIN);
    }
  }
}
