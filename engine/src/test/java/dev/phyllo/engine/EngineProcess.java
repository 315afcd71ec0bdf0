package dev.phyllo.engine;

import dev.phyllo.store.CrashPoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What tests run in an engine of its own, which may die: {@code ROOT COMMAND [ARGUMENT]…}. */
final class EngineProcess {
  private EngineProcess() {}

  /** Starts a process; what it says goes into the file {@code out} of the root's parent. */
  static Process start(Path root, List<String> jvmOptions, String... words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED"));
    command.addAll(jvmOptions);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(EngineProcess.class.getName());
    command.add(root.toString());
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SOURCE_DATE_EPOCH", "1700000000"); // the same image each time
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(root.resolveSibling("out").toFile()));
    return builder.start();
  }

  /** Does the words one after the other: a command, and its argument if it has one. */
  public static void main(String[] args) throws Exception {
    Phyllo engine = Phyllo.open(EngineOptions.at(Path.of(args[0])));
    int i = 1;
    while (i < args.length) {
      String command = args[i++];
      switch (command) {
        case "load" -> engine.load(LoadRequest.of(Path.of(args[i++])));
        case "rmi" -> engine.remove(args[i++], true);
        case "gc" -> engine.gc();
        case "commit" -> commit(engine, args[i++]);
        case "load-and-remove" -> loadAndRemove(engine, Path.of(args[i++]), args[i++]);
        case "count" -> System.out.println("points " + CrashPoints.count());
        default -> throw new IllegalArgumentException(command);
      }
    }
  }

  private static void commit(Phyllo engine, String container) {
    engine.commit(CommitRequest.of(container, "committed"));
  }

  /** Again and again for some seconds; every image that has been loaded is whole. */
  private static void loadAndRemove(Phyllo engine, Path layout, String seconds) {
    long end = System.nanoTime() + Long.parseLong(seconds) * 1_000_000_000L;
    int rounds = 0;
    while (System.nanoTime() < end) {
      String name = engine.load(LoadRequest.of(layout)).getFirst().names().getFirst();
      for (Verified level : engine.verify(name)) {
        if (!level.isWhole()) {
          throw new AssertionError(level.toString());
        }
      }
      engine.remove(name, true);
      rounds++;
    }
    System.out.println("rounds " + rounds);
  }
}
