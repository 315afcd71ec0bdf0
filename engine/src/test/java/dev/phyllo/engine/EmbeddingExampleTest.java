package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.build.BuildRequest;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.SystemException;
import dev.phyllo.transports.Place;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in docs/example, as somebody would compile and start it who has the jars. */
class EmbeddingExampleTest {
  private static final Path EXAMPLE = Path.of("../docs/example/Embedding.java");
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  @TempDir Path directory;

  /** A program of the JDK that runs these tests: its exit status and what it says. */
  private static List<String> tool(String name, List<String> words) throws Exception {
    Path program = Path.of(System.getProperty("java.home"), "bin", name);
    assumeTrue(Files.isExecutable(program), "needs a JDK");
    List<String> line = new ArrayList<>(List.of(program.toString()));
    line.addAll(words);
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      reader.lines().forEach(lines::add);
    }
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), lines.toString());
    return lines;
  }

  private Path classes() throws Exception {
    Path classes = Files.createDirectories(directory.resolve("classes"));
    tool(
        "javac",
        List.of(
            "-Xlint:all,-processing,-path,-classfile",
            "-Werror",
            "-d",
            classes.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            EXAMPLE.toString()));
    return classes;
  }

  @Test
  void theExampleCompilesWithoutAWarning() throws Exception {
    assertTrue(Files.exists(classes().resolve("Embedding.class")));
  }

  private void needToRun() {
    assumeTrue(Linux.isSupported(), "not on Linux");
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.isExecutable(BUSYBOX), "needs /bin/busybox");
  }

  /** An image with a shell; nothing of it needs to be run to make it. */
  private Phyllo tools() throws IOException {
    Path context = Files.createDirectories(directory.resolve("context"));
    Files.copy(BUSYBOX, context.resolve("busybox"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(
        context.resolve("Containerfile"),
        """
        FROM scratch
        COPY --chmod=755 busybox /bin/sh
        COPY --chmod=755 busybox /bin/cat
        """);
    Phyllo engine = Phyllo.open(EngineOptions.at(directory.resolve("maker")));
    engine.builds().build(new BuildRequest(context.toString()).name("tools"));
    return engine;
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    needToRun();
    Phyllo maker = tools();
    Path archive = directory.resolve("tools.tar");
    Path layout = directory.resolve("layout");
    maker.save(SaveRequest.to(archive, List.of("tools")));
    maker
        .registries()
        .copy(CopyRequest.of(new Place.InStore("tools"), Place.parse("oci:" + layout + ":tools")));
    Path context = Files.createDirectories(directory.resolve("made"));
    Files.writeString(
        context.resolve("Containerfile"),
        """
        FROM tools
        RUN echo made by $0 > /greeting
        """);
    List<String> lines =
        tool(
            "java",
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes() + ":" + System.getProperty("java.class.path"),
                "Embedding",
                directory.resolve("root").toString(),
                archive.toString(),
                layout.toString(),
                context.toString()));
    assertEquals(7, lines.size(), lines.toString());
    assertEquals("loaded [docker.io/library/tools:latest], 2 layers", lines.get(0));
    assertEquals("images: [docker.io/library/tools:latest]", lines.get(1));
    assertTrue(lines.get(2).startsWith("copied "), lines.get(2));
    assertEquals("hello you", lines.get(3));
    assertTrue(lines.get(4).startsWith("built sha256:"), lines.get(4));
    assertEquals("made by /bin/sh", lines.get(5));
    assertEquals("there is no nowhere", lines.get(6));
  }

  @Test
  void bothStreamsOfAContainerComeWholeWhateverTheyHold() throws IOException {
    needToRun();
    Phyllo engine = tools();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String script =
        "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done;"
            + " printf 'a\\000b' >&2; exit 3";
    RunRequest request = new RunRequest("tools", List.of("/bin/sh", "-c", script)).remove(true);
    request.network().network("none");
    assertEquals(3, engine.run(request, out, err));
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals(20_000, lines.size());
    assertEquals("line 19999", lines.getLast());
    assertEquals("a\0b", err.toString(StandardCharsets.ISO_8859_1));
    assertEquals(List.of(), engine.containers().list());
  }

  @Test
  void aStreamThatFailsIsToldWhenTheContainerHasEnded() throws IOException {
    needToRun();
    Phyllo engine = tools();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("full");
          }
        };
    RunRequest request =
        new RunRequest("tools", List.of("/bin/sh", "-c", "echo one; echo two >&2")).remove(true);
    request.network().network("none");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    SystemException e = assertThrows(SystemException.class, () -> engine.run(request, full, err));
    assertTrue(e.getMessage().contains("full"), e.getMessage());
    assertEquals("two\n", err.toString(StandardCharsets.UTF_8));
    assertEquals(List.of(), engine.containers().list());
  }
}
