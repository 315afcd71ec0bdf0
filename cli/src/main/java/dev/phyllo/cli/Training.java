package dev.phyllo.cli;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Platform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the JVM does once while it records its AOT cache, so that later starts find their classes
 * loaded, linked and profiled: the common commands, in a store of its own, on an image whose only
 * file is a program of a hundred bytes.
 *
 * <p>{@code scripts/dist.sh} calls it. It must end by returning: a halted JVM writes no cache. A
 * command that cannot work here, such as run without root, is still worth its classes.
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
   * @param args a directory to work in, empty or absent
   */
  public static void main(String[] args) throws IOException {
    new Training(Path.of(args[0])).train();
  }

  private void train() throws IOException {
    Path layout = directory.resolve("layout");
    image(layout);
    phyllo("load", "-i", layout.toString());
    for (int i = 0; i < ROUNDS; i++) {
      phyllo("run", "--rm", "--network", "none", "training", "/exit");
      phyllo("run", "--rm", "-i", "-e", "A=b", "-w", "/", "-v", "/:/host:ro", "training", "/exit");
      phyllo("run", "--rm", "training", "/no/such/program");
      phyllo("images");
      phyllo("images", "--format", "json");
    }
    phyllo("images", "--format", "{{.Repository}} {{.ID}}");
    phyllo("inspect", "training");
    phyllo("inspect", "--format", "{{.Id}}", "training");
    phyllo("layers", "training");
    phyllo("content", "ls");
    phyllo("snapshot", "ls");
    phyllo("snapshot", "tree");
    phyllo("info");
    phyllo("version");
    phyllo("--help");
    phyllo("run", "--help");
    phyllo("ps", "-a");
    phyllo("--explain", "run", "--rm", "training", "/exit");
    phyllo("images", "--no-such-option");
    phyllo("inspect", "no-such-image");
    phyllo("rmi", "training");
  }

  private void phyllo(String... words) {
    String[] args = new String[words.length + 2];
    args[0] = "--root";
    args[1] = directory.resolve("store").toString();
    System.arraycopy(words, 0, args, 2, words.length);
    Main.run(args);
  }

  /** An OCI layout with one image, {@code training:latest}, of one layer. */
  private static void image(Path layout) throws IOException {
    byte[] program = exitProgram(System.getProperty("os.arch", ""));
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      writer.entry(
          TarEntry.builder(RawPath.of("etc/"), TarEntry.Type.DIRECTORY).mode(0755).build());
      writer.entry(
          TarEntry.builder(RawPath.of("exit"), TarEntry.Type.FILE)
              .mode(0755)
              .size(program.length)
              .build(),
          program);
    }
    Platform host = Platform.host();
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Digest layer = blob(layout, tar.toByteArray());
    byte[] config =
        json(
            "{'architecture':'"
                + host.architecture()
                + "','os':'linux','config':{'Env':['PATH=/']},'rootfs':{'type':'layers','diff_ids':['"
                + layer
                + "']}}");
    byte[] manifest =
        json(
            "{'schemaVersion':2,'mediaType':'application/vnd.oci.image.manifest.v1+json','config':"
                + descriptor("config.v1+json", blob(layout, config), config.length)
                + ",'layers':["
                + descriptor("layer.v1.tar", layer, tar.size())
                + "]}");
    String named =
        descriptor("manifest.v1+json", blob(layout, manifest), manifest.length)
            .replace(
                "}", ",'annotations':{'org.opencontainers.image.ref.name':'training:latest'}}");
    Files.write(
        layout.resolve("index.json"), json("{'schemaVersion':2,'manifests':[" + named + "]}"));
    Files.write(layout.resolve("oci-layout"), json("{'imageLayoutVersion':'1.0.0'}"));
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
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
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
