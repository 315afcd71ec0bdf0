package dev.phyllo.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.build.BuildProgress.Outcome;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** ADD of what a server on this machine has. */
@Timeout(60)
class AddressTest {
  private static final String MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT";

  @TempDir Path directory;
  private final Map<String, String> files = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private Bench bench;
  private ServerSocket server;

  @BeforeEach
  void start() throws IOException {
    bench = new Bench(directory);
    bench.file("local", "x");
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  /** One request a connection. */
  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept();
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))) {
        String path = in.readLine().split(" ", -1)[1];
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
          // Headers do not matter here.
        }
        asked.add(path);
        answer(path, socket.getOutputStream());
      } catch (IOException _) {
        // The client has gone, or the test has ended.
      }
    }
  }

  private void answer(String path, OutputStream out) throws IOException {
    String text = files.get(path);
    String status = text == null ? "404 Not Found" : "200 OK";
    String more = "";
    if (text != null && text.startsWith("-> ")) {
      status = "302 Found";
      more = "Location: " + text.substring(3) + "\r\n";
    }
    byte[] body = (text == null ? "" : text).getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %s\r\nConnection: close\r\nLast-Modified: %s\r\n%sContent-Length: %d\r\n\r\n"
            .formatted(status, MODIFIED, more, body.length);
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    out.write(body);
    out.flush();
  }

  private String address(String path) {
    return "http://127.0.0.1:" + server.getLocalPort() + path;
  }

  private static Digest digest(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aFileThatIsFetchedIsRootsAloneAndHasTheServersTime() throws IOException {
    files.put("/dir/tool", "tool");
    var built = bench.build("FROM scratch\nADD " + address("/dir/tool") + " /bin/\n");
    assertEquals("tool", built.text("bin/tool"));
    assertEquals(0600, built.node("bin/tool").about().mode());
    assertEquals(1_700_000_000, built.node("bin/tool").about().mtimeSeconds());
  }

  @Test
  void aChecksumThatIsRightSparesTheNextFetch() throws IOException {
    files.put("/tool", "tool");
    String text =
        "FROM scratch\nADD --checksum=" + digest("tool") + " " + address("/tool") + " /t\n";
    var first = bench.build(text);
    assertEquals("tool", first.text("t"));
    assertEquals(first.result.target(), bench.build(text).result.target());
    assertEquals(1, bench.count(Outcome.CACHED));
    assertEquals(List.of("/tool"), asked, "fetched once");
  }

  @Test
  void withoutOneItIsFetchedAgainAndAHitOnlyIfItIsTheSame() throws IOException {
    files.put("/tool", "tool");
    String text = "FROM scratch\nADD " + address("/tool") + " /t\n";
    bench.build(text);
    bench.build(text);
    assertEquals(1, bench.count(Outcome.CACHED));
    files.put("/tool", "another");
    assertEquals("another", bench.build(text).text("t"));
    assertEquals(3, asked.size());
  }

  @Test
  void aWrongChecksumFailsTheBuildAndNamesBoth() {
    files.put("/tool", "tool, changed by somebody");
    String text =
        "FROM scratch\nADD --checksum=" + digest("tool") + " " + address("/tool") + " /t\n";
    CorruptException e = assertThrows(CorruptException.class, () -> bench.build(text));
    assertTrue(e.getMessage().contains(digest(files.get("/tool")).toString()), e.getMessage());
    assertTrue(e.getMessage().contains("--checksum"), e.getMessage());
    assertFalse(bench.hasImage("built"));
  }

  @Test
  void aChecksumIsForOneFetchedFileOnly() {
    String sum = "--checksum=" + digest("tool") + " ";
    for (String sources : List.of("local", address("/a") + " " + address("/b"))) {
      InvalidException e =
          assertThrows(
              InvalidException.class,
              () -> bench.build("FROM scratch\nADD " + sum + sources + " /t/\n"));
      assertTrue(e.getMessage().contains("one source"), e.getMessage());
    }
    assertEquals(List.of(), asked);
  }

  @Test
  void redirectsAreFollowedAndWhatIsNotThereIsSaid() throws IOException {
    files.put("/old", "-> /new");
    files.put("/new", "moved");
    var built = bench.build("FROM scratch\nADD " + address("/old") + " /t\n");
    assertEquals("moved", built.text("t"));
    NotFoundException e =
        assertThrows(
            NotFoundException.class,
            () -> bench.build("FROM scratch\nADD " + address("/none") + " /t\n"));
    assertTrue(e.getMessage().contains("404"), e.getMessage());
  }
}
