package dev.phyllo.engine;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.Child;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Launcher;
import dev.phyllo.linux.LocalSocket;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.ProcessRecipes;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The way to the supervisor of a root, which is started when nobody answers. */
final class SupervisorClient {
  private static final long PATIENCE_MILLIS = 20_000;
  private static final int ATTEMPTS = 5;

  private final Path root;
  private final Path directory;

  SupervisorClient(Path root) {
    this.root = root.toAbsolutePath();
    this.directory = Supervisor.directory(root);
  }

  /** Whether there is one now. */
  boolean isThere() {
    if (!Files.exists(directory)) {
      return false;
    }
    FileLocker.Held free =
        new Locks(directory, new OfdFileLocker()).tryAcquire(Supervisor.LOCK, Locks.Mode.SHARED);
    if (free == null) {
      return true;
    }
    free.close();
    return false;
  }

  /** Asks it something, starting it if need be. */
  JsonObject ask(JsonBuilder request) {
    byte[] message = SupervisorMessage.bytes(request);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (LocalSocket socket = connected()) {
        byte[] answer = socket.send(message) ? socket.receive() : null;
        if (answer != null) {
          JsonObject said = SupervisorMessage.parse(answer);
          if (said.number("version").isEmpty()) {
            return SupervisorMessage.checked(said);
          }
          replace(said);
        }
        // It was just leaving: the next one will answer.
      }
    }
    throw new SystemException(
        "the supervisor", "does not answer", "see " + directory.resolve(Supervisor.LOG), 0);
  }

  /** Tells one that is there something, and starts none. */
  void tell(JsonBuilder request) {
    if (!isThere()) {
      return;
    }
    LocalSocket socket = LocalSocket.connect(directory, Supervisor.SOCKET);
    if (socket != null) {
      try (socket) {
        if (socket.send(SupervisorMessage.bytes(request))) {
          socket.receive();
        }
      }
    }
  }

  /** One of another build gives up its place to one of this, unless it is the newer. */
  private void replace(JsonObject said) {
    if (said.requireNumber("version") > SupervisorMessage.VERSION) {
      throw new ConflictException(
          "the supervisor",
          "is of a newer phyllo than this one",
          "use that one, or end the supervisor (its containers go on)");
    }
    tell(SupervisorMessage.request("leave"));
  }

  private LocalSocket connected() {
    LocalSocket socket =
        Files.exists(directory) ? LocalSocket.connect(directory, Supervisor.SOCKET) : null;
    if (socket != null) {
      return socket;
    }
    try (Child child = start()) {
      for (long waited = 0; waited < PATIENCE_MILLIS; waited += 4) {
        socket = LocalSocket.connect(directory, Supervisor.SOCKET);
        if (socket != null) {
          return socket;
        }
        if (Files.notExists(Path.of("/proc/" + child.pid() + "/stat")) || ended(child)) {
          // Another may have been faster, and this one made room.
          socket = LocalSocket.connect(directory, Supervisor.SOCKET);
          if (socket != null) {
            return socket;
          }
          break;
        }
        sleep(4);
      }
    }
    throw new SystemException(
        "the supervisor",
        "cannot be started: " + lastLine(),
        "see " + directory.resolve(Supervisor.LOG),
        0);
  }

  private static boolean ended(Child child) {
    Pidfd process = Pidfd.open(child.pid());
    if (process == null) {
      return true;
    }
    try (process) {
      return process.hasEnded();
    }
  }

  private String lastLine() {
    try {
      List<String> lines =
          Files.readAllLines(directory.resolve(Supervisor.LOG), StandardCharsets.ISO_8859_1);
      return lines.isEmpty() ? "it says nothing" : lines.getLast();
    } catch (IOException e) {
      return "it says nothing";
    }
  }

  /** In a session of its own, at /, with nothing of ours open but its log. */
  private Child start() {
    DurableFiles.createDirectories(directory);
    List<Fd> held = new ArrayList<>();
    try {
      Fd nothing = FileCalls.open("/dev/null", Open.RDONLY);
      held.add(nothing);
      Fd log =
          FileCalls.openat2(
              Fd.CWD,
              directory.resolve(Supervisor.LOG).toString().getBytes(StandardCharsets.UTF_8),
              Open.WRONLY | Open.CREAT | Open.APPEND,
              0600,
              0);
      held.add(log);
      Plan.Builder plan = Plan.builder();
      ProcessRecipes.defaultSignals(plan);
      plan.setsid();
      plan.chdir("/");
      plan.umask(022);
      plan.dup3(Arg.of(nothing), 0);
      plan.dup3(Arg.of(log), 1);
      plan.dup3(Arg.of(log), 2);
      ProcessRecipes.closeOthers(plan);
      List<byte[]> words = commandLine();
      plan.execve(words.getFirst(), words, environment());
      return Launcher.launch(plan.build(), StepListener.NONE);
    } finally {
      for (Fd fd : held) {
        fd.close();
      }
    }
  }

  /** This program's own JVM, with a small heap and the same AOT cache. */
  private List<byte[]> commandLine() {
    List<String> words = new ArrayList<>();
    words.add(java());
    words.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xlog:disable",
            "-XX:-PrintWarnings",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-Xss512k",
            "-XX:ReservedCodeCacheSize=16m"));
    for (String own : ownWords()) {
      if (own.startsWith("-XX:AOTCache=") || own.startsWith("-Ddev.phyllo.")) {
        words.add(own);
      }
    }
    words.add("-cp");
    words.add(classPath());
    words.add(SupervisorMain.class.getName());
    words.add(root.toString());
    List<byte[]> bytes = new ArrayList<>();
    for (String word : words) {
      bytes.add(word.getBytes(StandardCharsets.UTF_8));
    }
    return bytes;
  }

  /** It works at another place, so every part is named from the root on. */
  private static String classPath() {
    StringBuilder path = new StringBuilder();
    for (String part : System.getProperty("java.class.path", "").split(":", -1)) {
      path.append(path.isEmpty() ? "" : ":").append(Path.of(part).toAbsolutePath());
    }
    // A program made of modules may have us there: a module, or a directory of them.
    for (String part : System.getProperty("jdk.module.path", "").split(":", -1)) {
      Path module = Path.of(part).toAbsolutePath();
      if (!part.isEmpty()) {
        boolean many =
            Files.isDirectory(module) && Files.notExists(module.resolve("module-info.class"));
        path.append(':').append(module).append(many ? "/*" : "");
      }
    }
    return path.toString();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home", "/usr"), "bin", "java").toString();
  }

  private static List<String> ownWords() {
    try {
      return List.of(Files.readString(Path.of("/proc/self/cmdline")).split("\0", -1));
    } catch (IOException e) {
      return List.of();
    }
  }

  private static List<byte[]> environment() {
    List<byte[]> environment = new ArrayList<>();
    for (Map.Entry<String, String> e : System.getenv().entrySet()) {
      environment.add((e.getKey() + "=" + e.getValue()).getBytes(StandardCharsets.UTF_8));
    }
    return environment;
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
