package dev.phyllo.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry on a loopback port, with an empty store, for as long as it is open. */
final class LocalRegistry implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");
  private static final int TRIES = 400;

  private final Process process;
  private final String host;

  /** Starts one; skips the test where there is none. */
  LocalRegistry(Path directory) throws Exception {
    assumeTrue(Files.isExecutable(PROGRAM), "docker-registry is not installed");
    Files.createDirectories(directory);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    host = "127.0.0.1:" + port;
    String config =
        """
        version: 0.1
        log: {level: error, accesslog: {disabled: true}}
        storage: {filesystem: {rootdirectory: '%s'}}
        http: {addr: '%s'}
        """
            .formatted(directory.resolve("data"), host);
    Path file = Files.writeString(directory.resolve("config.yml"), config);
    process =
        new ProcessBuilder(PROGRAM.toString(), "serve", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    if (!answers(port)) {
      close();
      throw new IOException(Files.readString(directory.resolve("log")));
    }
  }

  private boolean answers(int port) throws InterruptedException {
    for (int i = 0; i < TRIES && process.isAlive(); i++) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return true;
      } catch (IOException _) {
        Thread.sleep(50);
      }
    }
    return false;
  }

  /** A name in it. */
  String name(String rest) {
    return host + "/" + rest;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
