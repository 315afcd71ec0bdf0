package dev.phyllo.store;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.StepListener;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What tests run in a JVM of its own: {@code COMMAND ROOT ARGUMENT…}. */
final class OtherProcess {
  private OtherProcess() {}

  /** Starts this class; its standard input and output are pipes. */
  static Process start(List<String> jvmOptions, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(jvmOptions);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath.replace(";", File.pathSeparator)));
    command.add(OtherProcess.class.getName());
    command.addAll(List.of(arguments));
    // A process told to crash says at which point: only noise, once for each point.
    ProcessBuilder.Redirect errors =
        jvmOptions.isEmpty() ? ProcessBuilder.Redirect.INHERIT : ProcessBuilder.Redirect.DISCARD;
    return new ProcessBuilder(command).redirectError(errors).start();
  }

  /** The commands. */
  public static void main(String[] args) throws Exception {
    TestStore store = new TestStore(Path.of(args[1]));
    switch (args[0]) {
      case "load" -> store.add(args[2], args[3]);
      case "remove" -> store.images.remove(args[2]);
      case "sweep" -> store.content.removeStaleIngests();
      case "hold" -> {
        // Holds a lock until its standard input ends.
        try (FileLocker.Held _ = store.locks.acquire(args[2], Locks.Mode.valueOf(args[3]))) {
          System.out.println("held");
          while (System.in.read() >= 0) {
            // Only the end counts.
          }
        }
      }
      case "slow-ingest" -> {
        // Ingests two blobs in a batch and stops in the middle of the second until stdin goes on.
        byte[] first = TestStore.bytes(args[2]);
        byte[] second = TestStore.bytes(args[3]);
        ContentStore content = new ContentStore(store.dirs, store.locks, StepListener.NONE);
        try (Batch batch = content.batch()) {
          batch.ingest(TestStore.blob(first), new ByteArrayInputStream(first));
          Descriptor d = TestStore.blob(second);
          boolean written = batch.ingest(d, pausing(second));
          batch.commit();
          System.out.println("written " + written);
        }
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static InputStream pausing(byte[] bytes) {
    return new ByteArrayInputStream(bytes) {
      private boolean paused;

      @Override
      public synchronized int read(byte[] b, int off, int len) {
        if (!paused) {
          paused = true;
          System.out.println("paused");
          try {
            System.in.read();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        }
        return super.read(b, off, len);
      }
    };
  }
}
