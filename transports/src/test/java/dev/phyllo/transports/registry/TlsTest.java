package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of one's own. */
@Timeout(60)
class TlsTest {
  @TempDir Path directory;

  private void openssl(String... words) throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
    List<String> command = new java.util.ArrayList<>(List.of("openssl"));
    command.addAll(List.of(words));
    Process p =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("openssl.log").toFile())
            .start();
    assertTrue(p.waitFor(30, TimeUnit.SECONDS));
    assertEquals(0, p.exitValue(), Files.readString(directory.resolve("openssl.log")));
  }

  private void certificates() throws Exception {
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=test ca",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt");
    Files.writeString(directory.resolve("ext"), "subjectAltName=IP:127.0.0.1\n");
    for (String name : List.of("server", "client")) {
      openssl(
          "req",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-subj",
          "/CN=" + name,
          "-keyout",
          name + ".key",
          "-out",
          name + ".csr");
      openssl(
          "x509",
          "-req",
          "-in",
          name + ".csr",
          "-CA",
          "ca.crt",
          "-CAkey",
          "ca.key",
          "-CAcreateserial",
          "-days",
          "2",
          "-extfile",
          "ext",
          "-out",
          name + ".cert");
    }
    openssl("rsa", "-in", "client.key", "-traditional", "-out", "old.key");
  }

  private static RegistryOptions options() {
    return RegistryTestBase.OPTIONS.withRetries(2, Duration.ofMillis(5), Duration.ofSeconds(5));
  }

  private static void check(RegistryOptions options, DockerRegistry registry) {
    try (RegistryClient client = RegistryClient.open(options)) {
      client.checkLogin(registry.host());
    }
  }

  @Test
  void ownAuthoritiesAndClientCertificatesAreUsedAndNothingElseIsBelieved() throws Exception {
    certificates();
    String tls =
        "  tls:\n    certificate: "
            + directory.resolve("server.cert")
            + "\n    key: "
            + directory.resolve("server.key")
            + "\n";
    Path certs = Files.createDirectory(directory.resolve("certs"));
    Files.copy(directory.resolve("ca.crt"), certs.resolve("ca.crt"));
    try (DockerRegistry registry = DockerRegistry.start(directory.resolve("one"), tls, "")) {
      check(options().withCertDir(certs), registry);
      check(options().withTlsVerify(false), registry);
      InvalidException e = assertThrows(InvalidException.class, () -> check(options(), registry));
      assertTrue(e.remedy().contains("--cert-dir"), e.getMessage());
    }
    String mutual = tls + "    clientcas: [" + directory.resolve("ca.crt") + "]\n";
    try (DockerRegistry registry = DockerRegistry.start(directory.resolve("two"), mutual, "")) {
      assertThrows(PhylloException.class, () -> check(options().withCertDir(certs), registry));
      Files.copy(directory.resolve("client.cert"), certs.resolve("client.cert"));
      Files.copy(directory.resolve("client.key"), certs.resolve("client.key"));
      check(options().withCertDir(certs), registry);
      Files.delete(certs.resolve("client.key"));
      Files.copy(directory.resolve("old.key"), certs.resolve("client.key"));
      check(options().withCertDir(certs), registry);
    }
  }
}
