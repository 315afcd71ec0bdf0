package dev.phyllo.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * As much of a registry as training needs: it serves the blobs of a layout, gives one manifest for
 * every tag, and takes every upload without keeping it.
 */
final class TrainingRegistry implements AutoCloseable {
  private final Path blobs;
  private final String manifest;
  private final ServerSocket server;

  /**
   * Serves until it is closed.
   *
   * @param layout where the blobs are
   * @param manifest the digest of the manifest
   */
  TrainingRegistry(Path layout, String manifest) throws IOException {
    this.blobs = layout.resolve("blobs/sha256");
    this.manifest = manifest;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** As references have it. */
  String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                serve(socket);
              } catch (IOException _) {
                // The client has gone.
              }
            });
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket socket) throws IOException {
    InputStream in = new BufferedInputStream(socket.getInputStream());
    OutputStream out = socket.getOutputStream();
    for (String first = line(in); !first.isEmpty(); first = line(in)) {
      long length = 0;
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
          length = Long.parseLong(header.substring(15).strip());
        }
      }
      in.skipNBytes(length);
      String[] words = first.split(" ", -1);
      answer(words[0], words[1], out);
      out.flush();
    }
  }

  private void answer(String method, String path, OutputStream out) throws IOException {
    int digest = path.indexOf("sha256:");
    boolean read = method.equals("GET") || method.equals("HEAD");
    if (path.equals("/v2/")) {
      send(out, "200 OK", "", new byte[0], true);
    } else if (method.equals("POST")) {
      send(out, "202 Accepted", "Location: /v2/x/blobs/uploads/1\r\n", new byte[0], true);
    } else if (method.equals("PUT")) {
      send(out, "201 Created", "", new byte[0], true);
    } else if (read && path.contains("/manifests/") && !path.contains("/manifests/none")) {
      byte[] bytes = Files.readAllBytes(blobs.resolve(manifest.substring(7)));
      send(
          out,
          "200 OK",
          "Content-Type: application/vnd.oci.image.manifest.v1+json\r\nDocker-Content-Digest: "
              + manifest
              + "\r\n",
          bytes,
          method.equals("GET"));
    } else if (read && digest >= 0 && !path.contains("/pushed/")) {
      byte[] bytes = Files.readAllBytes(blobs.resolve(path.substring(digest + 7)));
      send(out, "200 OK", "", bytes, method.equals("GET"));
    } else {
      send(out, "404 Not Found", "", new byte[0], true);
    }
  }

  private static void send(
      OutputStream out, String status, String headers, byte[] body, boolean withBody)
      throws IOException {
    String head =
        "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + body.length + "\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    if (withBody) {
      out.write(body);
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      line.write(b);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
