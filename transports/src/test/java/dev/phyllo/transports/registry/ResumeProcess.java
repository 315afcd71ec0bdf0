package dev.phyllo.transports.registry;

import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.transports.FetchOptions;
import dev.phyllo.transports.ImageFetch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Fetches an image in a JVM of its own, to be killed. */
final class ResumeProcess {
  private ResumeProcess() {}

  static Process start(List<String> jvmOptions, Path root, String reference) throws IOException {
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xshare:auto"));
    command.addAll(jvmOptions);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            ResumeProcess.class.getName(),
            root.toString(),
            reference));
    return new ProcessBuilder(command).inheritIO().start();
  }

  public static void main(String[] args) {
    try (RegistryClient client = RegistryClient.open(RegistryTestBase.OPTIONS);
        ImageFetch fetch =
            ImageFetch.begin(
                new RegistrySource(client, Reference.parse(args[1])),
                RegistryTestBase.store(NamespaceDirs.open(Path.of(args[0]), "default")),
                FetchOptions.DEFAULT,
                StepListener.NONE)) {
      fetch.finish();
    }
  }
}
