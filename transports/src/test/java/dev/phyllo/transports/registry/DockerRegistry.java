package dev.phyllo.transports.registry;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Debian's docker-registry on a loopback port, with an empty store, for as long as it is open. */
final class DockerRegistry implements AutoCloseable {
  private final Process process;
  private final int port;

  private DockerRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts one; skips the test where there is none. */
  static DockerRegistry start(Path directory) throws Exception {
    return start(directory, "", "");
  }

  /**
   * Starts one.
   *
   * @param http more lines of the section http
   * @param more more sections
   */
  static DockerRegistry start(Path directory, String http, String more) throws Exception {
    Path program = Path.of("/usr/bin/docker-registry");
    Assumptions.assumeTrue(Files.isExecutable(program), "docker-registry is not installed");
    Files.createDirectories(directory);
    int port = freePort();
    Path config = directory.resolve("config.yml");
    Files.writeString(
        config,
        "version: 0.1\n"
            + "log: {level: error, accesslog: {disabled: true}}\n"
            + "storage:\n"
            + "  filesystem: {rootdirectory: "
            + directory.resolve("data")
            + "}\n"
            + "  delete: {enabled: true}\n"
            + "http:\n  addr: 127.0.0.1:"
            + port
            + "\n"
            + http
            + more);
    Process process =
        new ProcessBuilder(program.toString(), "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    DockerRegistry registry = new DockerRegistry(process, port);
    if (!registry.answers(http.contains("tls"))) {
      registry.close();
      throw new IOException(Files.readString(directory.resolve("log"), StandardCharsets.UTF_8));
    }
    return registry;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean answers(boolean tls) throws Exception {
    for (int i = 0; i < 200 && process.isAlive(); i++) {
      try {
        if (tls) {
          new java.net.Socket(InetAddress.getLoopbackAddress(), port).close();
          return true;
        }
        HttpURLConnection c =
            (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/v2/").toURL().openConnection();
        c.setConnectTimeout(1000);
        c.setReadTimeout(1000);
        c.getResponseCode();
        return true;
      } catch (IOException _) {
        Thread.sleep(50);
      }
    }
    return false;
  }

  int port() {
    return port;
  }

  /** As references have it. */
  String host() {
    return "127.0.0.1:" + port;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
