package dev.phyllo.cli;

import dev.phyllo.engine.Phyllo;
import dev.phyllo.engine.Rootless;
import dev.phyllo.engine.SupervisorMain;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.StepListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the JVM does once while it records an AOT cache, so that later starts find their classes
 * loaded, linked and profiled: common commands, in a store of its own, on an image whose only file
 * is a program of a hundred bytes.
 *
 * <p>{@code scripts/dist.sh} calls it, once for each cache that {@code ./phyllo} chooses from. It
 * must end by returning: a halted JVM writes no cache. A command that cannot work here, such as run
 * without root, is still worth its classes.
 */
final class Training {
  private static final int ROUNDS = 3;

  private final Path directory;

  private Training(Path directory) {
    this.directory = directory;
  }

  /**
   * Trains.
   *
   * @param args the cache's name ({@code phyllo} must be the first of them: it makes the store),
   *     and a directory to work in
   */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[1]);
    if (Rootless.isNeeded()) {
      // All of it inside, once: each command would otherwise execute this very program again.
      Linux.exit(Rootless.again(directory, StepListener.NONE));
    }
    Training training = new Training(directory);
    switch (args[0]) {
      case "run" -> training.run();
      case "images" -> training.images();
      case "brief" -> training.kept(training::brief);
      case "build" -> training.build();
      case "registry" -> training.registry();
      default -> training.kept(training::everything);
    }
  }

  /** With a supervisor in this very JVM, so that its classes are learned too. */
  private void kept(Runnable training) {
    System.setProperty("dev.phyllo.idleMillis", "3000");
    Thread supervisor =
        new Thread(() -> {
          try {
            SupervisorMain.keep(directory.resolve("store"));
          } catch (RuntimeException | LinkageError e) {
            System.err.println("supervisor: " + e);
          }
        });
    supervisor.setDaemon(true);
    if (Phyllo.canRun()) {
      supervisor.start();
    }
    training.run();
  }

  private void everything() {
    Path layout = directory.resolve("layout");
    String context;
    try {
      image(layout);
      context = context();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    phyllo("load", "-i", layout.toString());
    phyllo("build", "-t", "built", context);
    run();
    images();
    phyllo("layers", "training");
    phyllo("content", "ls");
    phyllo("snapshot", "ls");
    phyllo("snapshot", "tree");
    phyllo("info");
    phyllo("--explain", "run", "--rm", "training");
    phyllo("run", "--help");
    phyllo("images", "--no-such-option");
    phyllo("inspect", "no-such-image");
    phyllo("rmi", "training");
    phyllo("load", "-i", layout.toString());
    brief();
  }

  /** What {@code run.aot} is for. Its classes are all loaded at each start: only what is usual. */
  private void run() {
    for (int i = 0; i < ROUNDS; i++) {
      phyllo("run", "--rm", "--network", "none", "training");
      phyllo("run", "--rm", "--entrypoint", "exit", "training", "a", "b");
      phyllo(
          "run",
          "--rm",
          "-i",
          "-e",
          "A=b",
          "-w",
          "/",
          "-u",
          "user",
          "-v",
          "/:/host:ro",
          "training");
    }
    phyllo("run", "--rm", "--entrypoint", "/no/such/program", "training");
  }

  /** What {@code images.aot} is for. */
  private void images() {
    for (int i = 0; i < ROUNDS; i++) {
      phyllo("images");
      phyllo("images", "-q");
      phyllo("images", "--format", "json");
      phyllo("images", "--format", "{{.Repository}} {{.ID}}");
    }
  }

  /**
   * What {@code build.aot} is for: builds whose steps are known, and nothing of what doing them
   * takes. That is long work, beside which loading its classes is not; {@link #everything} has done
   * them once.
   */
  private void build() throws IOException {
    String context = context();
    for (int i = 0; i < 3 * ROUNDS; i++) {
      phyllo("build", "-t", "built", context);
      phyllo("build", "-q", "-t", "built", context);
    }
  }

  private String context() throws IOException {
    Path context = directory.resolve("context");
    Files.createDirectories(context.resolve("src"));
    Files.writeString(context.resolve("src/file"), "training");
    Files.writeString(
        context.resolve("Containerfile"),
        """
        FROM training AS base
        ARG A=b
        ENV C=$A
        FROM base
        WORKDIR /work
        COPY src/file ./
        COPY --from=base /etc /other
        RUN ["exit"]
        LABEL x=y
        CMD ["exit"]
        """);
    return context.toString();
  }

  /** What {@code registry.aot} is for: the way from and to a registry. */
  private void registry() throws IOException {
    Path layout = directory.resolve("registry");
    Path other = directory.resolve("pulled");
    try (TrainingRegistry registry = new TrainingRegistry(layout, image(layout))) {
      String image = registry.host() + "/training:1";
      for (int i = 0; i < ROUNDS; i++) {
        phyllo(other, "pull", image);
        phyllo(other, "rmi", "-f", image);
        phyllo(other, "gc");
      }
      phyllo(other, "pull", image);
      phyllo(other, "pull", image);
      phyllo(other, "push", image, registry.host() + "/pushed/training:1");
      phyllo(other, "copy", "docker://" + image, "oci:" + directory.resolve("copied") + ":1");
      phyllo(other, "tags", registry.host() + "/none");
    }
  }

  /** What {@code brief.aot} is for: the other short commands about containers. */
  private void brief() {
    for (int i = 0; i < ROUNDS; i++) {
      String name = "training-" + i;
      phyllo("run", "-d", "--name", name, "training");
      phyllo("ps");
      phyllo("wait", name);
      phyllo("start", name);
      phyllo("stop", "-t", "1", name);
      phyllo("ps", "-a");
      phyllo("inspect", name);
      phyllo("rm", "-f", name);
      phyllo("create", "--name", name, "training");
      phyllo("rm", name);
      phyllo("inspect", "training");
      phyllo("version");
      phyllo("__complete", "images", "containers", "networks", "volumes");
    }
    phyllo("rm", "-f", "shown");
    phyllo("run", "--name", "shown", "training");
    phyllo("inspect", "--format", "{{.Id}}", "training");
    phyllo("ps", "--format", "{{.Names}}");
    phyllo("--help");
    phyllo("rm", "-f", "logged");
    phyllo("run", "-d", "--name", "logged", "training");
    phyllo("wait", "logged");
    phyllo("logs", "logged"); // last: it closes standard output
  }

  /** Calls a command. What it cannot do here must not keep the others from being learned. */
  private void phyllo(String... words) {
    phyllo(directory.resolve("store"), words);
  }

  private static void phyllo(Path root, String... words) {
    String[] args = new String[words.length + 2];
    args[0] = "--root";
    args[1] = root.toString();
    System.arraycopy(words, 0, args, 2, words.length);
    try {
      // As ./phyllo asks: nothing is newer.
      Path answer = root.resolveSibling("newer");
      Files.writeString(answer, ".\n");
      System.setProperty("dev.phyllo.sources", answer + ":1");
      Main.run(args);
    } catch (IOException | RuntimeException | LinkageError e) {
      System.err.println(String.join(" ", words) + ": " + e);
    }
  }

  /**
   * An OCI layout with one image, {@code training:latest}, of two layers; its configuration says
   * what those of most images say.
   */
  private static String image(Path layout) throws IOException {
    byte[] program = exitProgram(System.getProperty("os.arch", ""));
    byte[] lower = tar("etc/passwd", 0644, text("root:x:0:0:root:/root:/bin/sh\nuser:x:7:7::/:\n"));
    byte[] upper = tar("exit", 0755, program);
    Platform host = Platform.host();
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Digest lowerBlob = blob(layout, lower);
    Digest upperBlob = blob(layout, upper);
    byte[] config =
        json(
            "{'created':'2025-01-01T00:00:00Z','architecture':'"
                + host.architecture()
                + "','os':'linux','config':{'User':'root','WorkingDir':'/','Env':['PATH=/:/bin','A=b'],"
                + "'Entrypoint':['/exit'],'Cmd':['a','b'],'Labels':{'a':'b'},'ExposedPorts':{'80/tcp':{}}},"
                + "'rootfs':{'type':'layers','diff_ids':['"
                + lowerBlob
                + "','"
                + upperBlob
                + "']},'history':[{'created':'2025-01-01T00:00:00Z','created_by':'a'},{'created_by':'b'}]}");
    byte[] manifest =
        json(
            "{'schemaVersion':2,'mediaType':'application/vnd.oci.image.manifest.v1+json','config':"
                + descriptor("config.v1+json", blob(layout, config), config.length)
                + ",'layers':["
                + descriptor("layer.v1.tar", lowerBlob, lower.length)
                + ","
                + descriptor("layer.v1.tar", upperBlob, upper.length)
                + "]}");
    Digest digest = blob(layout, manifest);
    String named =
        descriptor("manifest.v1+json", digest, manifest.length)
            .replace(
                "}", ",'annotations':{'org.opencontainers.image.ref.name':'training:latest'}}");
    Files.write(
        layout.resolve("index.json"), json("{'schemaVersion':2,'manifests':[" + named + "]}"));
    Files.write(layout.resolve("oci-layout"), json("{'imageLayoutVersion':'1.0.0'}"));
    return digest.toString();
  }

  /** A layer of one file and the directory it lies in. */
  private static byte[] tar(String name, int mode, byte[] content) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      int slash = name.indexOf('/');
      if (slash > 0) {
        RawPath directory = RawPath.of(name.substring(0, slash + 1));
        writer.entry(TarEntry.builder(directory, TarEntry.Type.DIRECTORY).mode(0755).build());
      }
      writer.entry(
          TarEntry.builder(RawPath.of(name), TarEntry.Type.FILE)
              .mode(mode)
              .size(content.length)
              .build(),
          content);
    }
    return tar.toByteArray();
  }

  private static String descriptor(String type, Digest digest, int size) {
    return "{'mediaType':'application/vnd.oci.image."
        + type
        + "','digest':'"
        + digest
        + "','size':"
        + size
        + "}";
  }

  private static Digest blob(Path layout, byte[] bytes) throws IOException {
    Digest digest = Digest.sha256(bytes);
    Files.write(layout.resolve("blobs/sha256").resolve(digest.hex()), bytes);
    return digest;
  }

  private static byte[] json(String text) {
    return text(text.replace('\'', '"'));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A static ELF executable (elf(5)) of one segment that is nothing but {@code exit(0)}. */
  static byte[] exitProgram(String architecture) {
    boolean arm = architecture.equals("aarch64");
    // aarch64: mov x0, #0; mov x8, #93; svc #0. x86-64: xor edi, edi; mov eax, 60; syscall.
    int[] code =
        arm
            ? new int[] {0x00, 0x00, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4}
            : new int[] {0x31, 0xff, 0xb8, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x05};
    int headers = 64 + 56;
    long address = 0x400000;
    ByteBuffer elf = ByteBuffer.allocate(headers + code.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
    elf.putShort((short) 2).putShort((short) (arm ? 183 : 62)).putInt(1);
    elf.putLong(address + headers).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    elf.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    // The segment: loaded, readable and executable, the whole file.
    elf.putInt(1).putInt(5).putLong(0).putLong(address).putLong(address);
    elf.putLong(elf.capacity()).putLong(elf.capacity()).putLong(0x1000);
    for (int b : code) {
      elf.put((byte) b);
    }
    return elf.array();
  }
}
