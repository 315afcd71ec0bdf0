package dev.phyllo.cli.run;

import dev.phyllo.cli.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The program as a process of its own, on a root directory of a test's. */
final class Phyllo {
  private static final int PATIENCE_SECONDS = 120;

  private final Path root;
  private final Path outputs;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> properties = new ArrayList<>();

  /**
   * @param root what --root is given
   * @param outputs where standard output and error are kept
   */
  Phyllo(Path root, Path outputs) {
    this.root = root;
    this.outputs = outputs;
  }

  /** The JVM's options from now on, such as {@code -Dname=value}. */
  void properties(String... options) {
    properties.clear();
    properties.addAll(List.of(options));
  }

  /** The supervisor of this root, if there is one. */
  Optional<ProcessHandle> supervisor() {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().arguments().filter(this::isSupervisor).isPresent())
        .findFirst();
  }

  private boolean isSupervisor(String[] arguments) {
    List<String> words = List.of(arguments);
    return words.contains("dev.phyllo.engine.SupervisorMain") && words.contains(root.toString());
  }

  /** Sets a variable for the calls to come; null removes it. */
  void environment(String name, @Nullable String value) {
    if (value == null) {
      environment.remove(name);
    } else {
      environment.put(name, value);
    }
  }

  /** A call under way. */
  record Call(Process process, Path out, Path err) {
    String output() throws IOException {
      return Files.readString(out);
    }

    Result await() throws Exception {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("no end after " + PATIENCE_SECONDS + " s");
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }
  }

  /** What a call left behind. */
  record Result(int status, String out, String err) {}

  Path namespace() {
    return root.resolve("ns").resolve("default");
  }

  /** The words that call the program. */
  List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(properties);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.add("--root");
    command.add(root.toString());
    command.addAll(List.of(words));
    return command;
  }

  Call start(String input, String... words) throws IOException {
    List<String> command = command(words);
    Path out = Files.createTempFile(outputs, "out", "");
    Path err = Files.createTempFile(outputs, "err", "");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It does not read its input, which is its right.
    }
    return new Call(process, out, err);
  }

  Result run(String... words) throws Exception {
    return start("", words).await();
  }

  Result runWithInput(String input, String... words) throws Exception {
    return start(input, words).await();
  }
}
