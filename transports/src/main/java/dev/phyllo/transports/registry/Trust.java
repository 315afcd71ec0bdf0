package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Which servers are believed, and what we show them: the system's authorities and those in a
 * directory of certificates, as docker has one for each registry (dockerd(8), {@code
 * /etc/docker/certs.d/HOST[:PORT]}): {@code *.crt} are authorities, {@code X.cert} and {@code
 * X.key} a client's certificate and its key.
 */
final class Trust {
  private static final Path SYSTEM = Path.of("/etc/docker/certs.d");
  private static final char[] NO_PASSWORD = new char[0];

  private Trust() {}

  /**
   * The context for a registry, or nothing where the JDK's own will do.
   *
   * @param host host and port
   * @param directory where the certificates are, instead of docker's place for the host
   * @param verify whether servers must prove who they are
   */
  static Optional<SSLContext> context(String host, Optional<Path> directory, boolean verify) {
    Path place = directory.orElse(SYSTEM.resolve(host));
    if (directory.isPresent() && !Files.isDirectory(place)) {
      throw new NotFoundException(
          place.toString(), "no such directory of certificates", "check the path");
    }
    List<Path> files = files(place);
    if (files.isEmpty() && verify) {
      return Optional.empty();
    }
    try {
      List<X509Certificate> authorities = new ArrayList<>();
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, NO_PASSWORD);
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.endsWith(".crt")) {
          authorities.addAll(certificates(file));
        } else if (name.endsWith(".cert")) {
          addKey(keys, file);
        }
      }
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, NO_PASSWORD);
      TrustManager trust = verify ? believing(authorities) : new BelievesAll();
      context.init(managers.getKeyManagers(), new TrustManager[] {trust}, null);
      return Optional.of(context);
    } catch (GeneralSecurityException | IOException e) {
      throw new InvalidException(
          place.toString(),
          "its certificates cannot be used: " + e.getMessage(),
          "they have to be PEM files that openssl x509 reads",
          e);
    }
  }

  private static List<Path> files(Path directory) {
    List<Path> files = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return files;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "*.{crt,cert}")) {
      all.forEach(files::add);
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    files.sort(null);
    return files;
  }

  private static Collection<X509Certificate> certificates(Path file) {
    try {
      List<X509Certificate> all = new ArrayList<>();
      byte[] bytes = Files.readAllBytes(file);
      for (Certificate c :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes))) {
        all.add((X509Certificate) c);
      }
      if (all.isEmpty()) {
        throw new InvalidException(
            file.toString(), "no certificate in it", "give a PEM file with one");
      }
      return all;
    } catch (CertificateException e) {
      throw new InvalidException(
          file.toString(), "not a certificate: " + e.getMessage(), "use PEM or DER", e);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static void addKey(KeyStore keys, Path certificate) throws GeneralSecurityException {
    String name = certificate.getFileName().toString();
    Path file = certificate.resolveSibling(name.substring(0, name.length() - 5) + ".key");
    if (!Files.isRegularFile(file)) {
      throw new NotFoundException(
          file.toString(),
          "the key of " + name + " is missing",
          "put it beside the certificate, as NAME.key");
    }
    PrivateKey key;
    try {
      key =
          PrivateKeys.parse(
              new String(Files.readAllBytes(file), StandardCharsets.US_ASCII), file.toString());
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    keys.setKeyEntry(name, key, NO_PASSWORD, certificates(certificate).toArray(new Certificate[0]));
  }

  /** The JDK's authorities and these. */
  private static TrustManager believing(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore all = KeyStore.getInstance("PKCS12");
    all.load(null, NO_PASSWORD);
    int number = 0;
    for (X509Certificate c : authorities) {
      all.setCertificateEntry("own-" + number++, c);
    }
    for (X509Certificate c : manager(null).getAcceptedIssuers()) {
      all.setCertificateEntry("system-" + number++, c);
    }
    return manager(all);
  }

  private static X509TrustManager manager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("the JDK has no X.509 trust manager");
  }

  /** What {@code --tls-verify=false} asks for: neither the chain nor the host's name is checked. */
  private static final class BelievesAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** Whether an error is about a server's certificate, which trying again does not mend. */
  static @Nullable PhylloException explained(IOException e, String host) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof CertificateException
          || t instanceof java.security.cert.CertPathValidatorException) {
        return new InvalidException(
            host,
            "its certificate is not to be trusted: " + t.getMessage(),
            "put its authority into /etc/docker/certs.d/"
                + host
                + "/ca.crt or name a directory with --cert-dir; --tls-verify=false takes anything",
            e);
      }
    }
    return null;
  }
}
