package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** Reads a private key in PEM (RFC 7468): PKCS#8, or the older form of RSA keys, PKCS#1. */
final class PrivateKeys {
  /** AlgorithmIdentifier of rsaEncryption (RFC 8017, appendix A.1) with NULL parameters. */
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  private PrivateKeys() {}

  /**
   * Reads the key.
   *
   * @throws InvalidException if it is encrypted, or of another form
   */
  static PrivateKey parse(String pem, String thing) {
    byte[] der = section(pem, "PRIVATE KEY");
    if (der.length == 0) {
      byte[] rsa = section(pem, "RSA PRIVATE KEY");
      if (rsa.length > 0) {
        // PrivateKeyInfo (RFC 5208): version 0, the algorithm, the key as an octet string.
        byte[] version = {2, 1, 0};
        der = tagged(0x30, version, RSA, tagged(0x04, rsa));
      }
    }
    if (der.length > 0) {
      for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException _) {
          // A key of another algorithm.
        }
      }
    }
    throw new InvalidException(
        thing,
        "not a private key that can be read",
        "convert it: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW");
  }

  private static byte[] section(String pem, String label) {
    String begin = "-----BEGIN " + label + "-----";
    int start = pem.indexOf(begin);
    int end = pem.indexOf("-----END " + label + "-----");
    if (start < 0 || end < start) {
      return new byte[0];
    }
    try {
      return Base64.getMimeDecoder().decode(pem.substring(start + begin.length(), end));
    } catch (IllegalArgumentException _) {
      return new byte[0];
    }
  }

  /** An element of DER: tag, length, contents. */
  private static byte[] tagged(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length < 0x80) {
      out.write(length);
    } else {
      out.write(0x83);
      out.write(length >> 16);
      out.write(length >> 8);
      out.write(length);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
