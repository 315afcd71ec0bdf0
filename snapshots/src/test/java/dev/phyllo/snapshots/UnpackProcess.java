package dev.phyllo.snapshots;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Unpacks an image in a JVM of its own, and prints how many layers it applied. */
final class UnpackProcess {
  private UnpackProcess() {}

  static Process start(Path root, TestSpace.TestImage image, List<String> jvmOptions)
      throws IOException {
    Path manifest = root.resolveSibling("manifest-" + image.digest().shortHex());
    Files.write(manifest, image.manifest().toBytes());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(jvmOptions);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath, UnpackProcess.class.getName()));
    command.addAll(List.of(root.toString(), manifest.toString()));
    ProcessBuilder.Redirect errors =
        jvmOptions.isEmpty() ? ProcessBuilder.Redirect.INHERIT : ProcessBuilder.Redirect.DISCARD;
    return new ProcessBuilder(command).redirectError(errors).start();
  }

  /** {@code ROOT MANIFEST-FILE}. */
  public static void main(String[] args) throws IOException {
    TestSpace space = new TestSpace(Path.of(args[0]));
    byte[] bytes = Files.readAllBytes(Path.of(args[1]));
    Manifest manifest = Manifest.parse(bytes, args[1]);
    Descriptor config = manifest.config();
    ImageConfig parsed =
        ImageConfig.parse(space.content.read(config, 1 << 20), config.digest().toString());
    space.unpacker.unpack(Digest.sha256(bytes), manifest, parsed);
    System.out.println(space.steps.stream().filter(s -> s instanceof LayerApplied).count());
  }
}
