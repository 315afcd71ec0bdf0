package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP as servers really speak it, and as they should not. */
@Timeout(60)
class WireTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  private ServerSocket server;
  private Wire wire;

  /** What is sent for each request in turn; nothing closes the connection. */
  private final List<String> answers = Collections.synchronizedList(new ArrayList<>());

  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private volatile int connections;
  private volatile boolean closing;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    wire = new Wire(Duration.ofSeconds(2), Map.of());
    Thread.ofVirtual().start(this::accept);
  }

  @AfterEach
  void stop() throws IOException {
    wire.close();
    server.close();
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread accepts
  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        connections++;
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))) {
      for (String first = in.readLine(); first != null; first = in.readLine()) {
        StringBuilder request = new StringBuilder(first);
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          request.append('\n').append(line);
        }
        asked.add(request.toString());
        String answer = answers.isEmpty() ? "" : answers.removeFirst();
        if (answer.isEmpty()) {
          return;
        }
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        if (closing) {
          return;
        }
      }
    } catch (IOException _) {
      // The client has gone.
    }
  }

  private static SSLContext noTls() {
    throw new IllegalStateException("nothing here speaks TLS");
  }

  private Response get(String... all) throws IOException {
    answers.addAll(List.of(all));
    URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/path?a=b");
    return wire.send(Request.of("GET", uri, List.of()), Map.of("X-Y", "z"), "", WireTest::noTls);
  }

  private String text(String... all) throws IOException {
    try (Response response = get(all)) {
      return response.status()
          + " "
          + new String(response.body().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private String refused(String... all) {
    IOException e = assertThrows(IOException.class, () -> text(all));
    return String.valueOf(e.getMessage());
  }

  @Test
  void aConnectionIsUsedAgainWhenTheAnswerWasReadToItsEnd() throws IOException {
    assertEquals("200 abc", text(OK + "Content-Length: 3\r\n\r\nabc"));
    assertEquals("200 de", text(OK + "Content-Length: 2\r\n\r\nde"));
    assertEquals("204 ", text("HTTP/1.1 204 No Content\r\n\r\n"));
    assertEquals(1, connections);
    assertTrue(asked.getFirst().startsWith("GET /path?a=b HTTP/1.1\nHost: 127.0.0.1:"));
    assertTrue(asked.getFirst().endsWith("\nX-Y: z"), asked.getFirst());
    Response half = get(OK + "Content-Length: 100000\r\n\r\nabc");
    half.body().close();
    assertEquals("200 x", text(OK + "Content-Length: 1\r\n\r\nx"));
    assertEquals(2, connections, "what was not read is not read as the next answer");
  }

  @Test
  void chunksArePutTogetherAndWhatStandsBesideThemIsLeftOut() throws IOException {
    assertEquals(
        "200 abcdef0123456789",
        text(
            OK
                + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nd;x=\"y\"\r\ndef0123456789\r\n"
                + "0\r\nTrailer: t\r\n\r\n"));
    assertEquals("200 x", text(OK + "Content-Length: 1\r\n\r\nx"));
    assertEquals(1, connections);
  }

  @Test
  void interimAnswersAreNoAnswer() throws IOException {
    assertEquals(
        "200 x",
        text("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + "Content-Length: 1\r\n\r\nx"));
  }

  @Test
  void anAnswerWithoutALengthGoesToTheEndOfTheConnection() throws IOException {
    closing = true;
    assertEquals("200 all of it", text(OK + "\r\nall of it"));
    assertEquals("200 x", text("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    assertEquals(2, connections);
  }

  @Test
  void aConnectionThatWasClosedMeanwhileIsReplacedOnce() throws IOException {
    assertEquals("200 x", text(OK + "Content-Length: 1\r\n\r\nx"));
    assertEquals("200 y", text("", OK + "Content-Length: 1\r\n\r\ny"));
    assertEquals(2, connections);
    assertTrue(refused("", "", "").contains("without an answer"));
  }

  @Test
  void whatBreaksTheRulesIsRefused() {
    closing = true;
    assertTrue(refused("SSH-2.0-x\r\n\r\n").contains("no HTTP"));
    assertTrue(refused("HTTP/1.1 2xx OK\r\n\r\n").contains("status"));
    assertTrue(refused(OK + "Content-Length: 5\r\n\r\nabc").contains("before the end"));
    assertTrue(refused(OK + "Content-Length: -5\r\n\r\nabc").contains("no number"));
    assertTrue(
        refused(OK + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab").contains("two lengths"));
    assertTrue(refused(OK + "Transfer-Encoding: gzip, chunked\r\n\r\n").contains("coding"));
    String chunked = OK + "Transfer-Encoding: chunked\r\n\r\n";
    assertTrue(refused(chunked + "3\r\nabcd\r\n0\r\n\r\n").contains("longer than it says"));
    assertTrue(refused(chunked + "zz\r\nabc\r\n0\r\n\r\n").contains("no number"));
    assertTrue(refused(chunked + "3\r\nabc\r\n").contains("before the end"));
    assertTrue(refused(OK + "X: " + "x".repeat(70_000) + "\r\n\r\n").contains("over the limit"));
    assertTrue(refused(OK + " folded: x\r\n\r\n").contains("header"));
    String interim = "HTTP/1.1 100 Continue\r\n\r\n";
    assertTrue(refused(interim.repeat(20)).contains("without end"));
  }

  @Test
  void aSilentServerIsNotWaitedForLongerThanPatienceHas() {
    long start = System.nanoTime();
    assertTrue(refused(OK + "Content-Length: 5\r\n\r\nabc").contains("silent"));
    assertTrue(refused("HTTP/1.1 200").contains("in time"));
    assertTrue(System.nanoTime() - start < 30_000_000_000L);
  }

  @Test
  void aHeaderThatWouldBeTwoIsNotSent() {
    URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
    for (String value : List.of("a\r\nX: y", "a\nX: y", "a\r\n\r\nGET /", "a\u0000")) {
      Request request = Request.of("GET", uri, List.of()).with("Authorization", value);
      assertThrows(
          IOException.class, () -> wire.send(request, request.headers(), "", WireTest::noTls));
    }
    assertEquals(List.of(), asked);
  }

  @Test
  void aProxyIsToldTheWholeAddressAndForTlsMakesATunnel() throws Exception {
    String proxy = "http://127.0.0.1:" + server.getLocalPort();
    try (Wire proxied =
        new Wire(Duration.ofSeconds(2), Map.of("http_proxy", proxy, "https_proxy", proxy))) {
      answers.add(OK + "Content-Length: 1\r\n\r\nx");
      URI plain = URI.create("http://registry.example/v2/?n=1");
      proxied.send(Request.of("GET", plain, List.of()), Map.of(), "", WireTest::noTls).close();
      assertTrue(
          asked.getLast().startsWith("GET http://registry.example/v2/?n=1 HTTP/1.1\nHost: regi"),
          asked.getLast());
      SSLContext tls = SSLContext.getDefault();
      Request secure = Request.of("GET", URI.create("https://registry.example/v2/"), List.of());
      answers.add("HTTP/1.1 403 Forbidden\r\n\r\n");
      IOException e =
          assertThrows(
              IOException.class, () -> proxied.send(secure, Map.of("A", "b"), "", () -> tls));
      assertTrue(String.valueOf(e.getMessage()).contains("the proxy answers with status 403"));
      assertTrue(asked.getLast().startsWith("CONNECT registry.example:443 HTTP/1.1\n"));
      assertFalse(asked.getLast().contains("A: b"), "what is for the registry is not the proxy's");
      answers.add("HTTP/1.1 200 Established\r\n\r\nno TLS\r\n\r\n");
      assertThrows(SSLException.class, () -> proxied.send(secure, Map.of("A", "b"), "", () -> tls));
      assertFalse(String.join("", asked).contains("A: b"), "nothing is said in the clear");
    }
  }

  @Test
  void aBodyIsSentWithItsLengthAndAnAnswerBeforeItsEndIsHeard() throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
    answers.add("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    closing = true;
    Request request = Request.of("PUT", uri, List.of()).with(Request.Body.of(new byte[100]));
    try (Response response = wire.send(request, Map.of(), "", WireTest::noTls)) {
      assertEquals(413, response.status());
    }
    assertTrue(asked.getFirst().contains("Content-Length: 100"), asked.getFirst());
  }
}
