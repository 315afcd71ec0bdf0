package dev.phyllo.cli;

import dev.phyllo.containers.LogSpec;
import dev.phyllo.containers.RestartPolicy;
import dev.phyllo.engine.LifeRequest;
import dev.phyllo.engine.PullPolicy;
import dev.phyllo.engine.RunRequest;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options of {@code run} and {@code create} about a container's life. */
final class LifeOptions {
  private LifeOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .flag("t", "tty", "Give it a terminal of its own")
        .value(null, "restart", "POLICY", "no, on-failure[:TIMES], always or unless-stopped")
        .value(null, "stop-signal", "SIGNAL", "What asks it to end (TERM, or what the image says)")
        .value(null, "stop-timeout", "SECONDS", "How long it then has until it is killed (10)")
        .value(null, "log-driver", "json-file|local|none", "What becomes of its output (json-file)")
        .value(null, "log-opt", "NAME=VALUE", "max-size=10m, max-file=3: how much of it is kept")
        .value("l", "label", "NAME=VALUE", "Call it something")
        .value(null, "label-file", "FILE", "Call it what the file says, a line each")
        .value(null, "env-file", "FILE", "Set the variables in the file, a line each")
        .value(null, "cidfile", "FILE", "Write its id to a file that is not there yet")
        .value(null, "runtime", "builtin|runc|crun|PATH", "What makes it a process (builtin)")
        .value(null, "pull", "missing|always|never", "When to bring the image from its registry")
        .value(null, "platform", "OS/ARCH", "Take the image for this platform")
        .flag("q", "quiet", "Say nothing of what is pulled, as is done anyway");
  }

  /** What only {@code run} takes. */
  static void declareRun(Syntax syntax) {
    syntax
        .flag("d", "detach", "Start it beside this command, and print its id")
        .value("a", "attach", "STDIN|STDOUT|STDERR", "Connect only these")
        .value(null, "detach-keys", "KEYS", "What detaches from its terminal (ctrl-p,ctrl-q)")
        .value(null, "sig-proxy", "true|false", "Pass signals on where there is no terminal");
  }

  static void apply(Arguments arguments, RunRequest request) {
    LifeRequest life = request.life();
    life.tty(arguments.has("tty"));
    if (arguments.value("restart").isPresent()) {
      RestartPolicy policy = RestartPolicy.parse(arguments.value("restart").get());
      if (arguments.has("rm") && policy.kind() != RestartPolicy.Kind.NO) {
        throw new UsageException(
            "--restart " + policy,
            "a container that goes when it ends cannot be started again",
            "leave --rm or --restart out");
      }
      life.restart(policy);
    }
    if (arguments.value("stop-signal").isPresent()) {
      life.stopSignal(arguments.value("stop-signal").get());
    }
    if (arguments.value("stop-timeout").isPresent()) {
      life.stopSeconds(Numbers.option(arguments, "stop-timeout").orElse(0));
    }
    for (String file : arguments.values("label-file")) {
      for (String line : lines(file)) {
        label(line, life);
      }
    }
    for (String label : arguments.values("label")) {
      label(label, life);
    }
    for (String file : arguments.values("env-file")) {
      for (String line : lines(file)) {
        request.env(line);
      }
    }
    if (arguments.value("cidfile").isPresent()) {
      life.idFile(Path.of(arguments.value("cidfile").get()));
    }
    if (arguments.has("log-driver") || arguments.has("log-opt")) {
      life.log(LogSpec.parse(arguments.value("log-driver"), arguments.values("log-opt")));
    }
    if (arguments.value("runtime").isPresent()) {
      life.runtime(arguments.value("runtime").get());
    }
    if (arguments.value("pull").isPresent()) {
      life.pull(PullPolicy.parse(arguments.value("pull").get()));
    }
    if (arguments.value("platform").isPresent()) {
      life.platform(Platform.parse(arguments.value("platform").get()));
    }
  }

  private static void label(String text, LifeRequest life) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    if (name.isEmpty()) {
      throw new UsageException("--label " + text, "no name", "write --label NAME=VALUE");
    }
    life.label(name, equals < 0 ? "" : text.substring(equals + 1));
  }

  /** The lines of a file that say something: neither empty nor beginning with #. */
  static List<String> lines(String file) {
    List<String> lines = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(Path.of(file), StandardCharsets.UTF_8)) {
        String stripped = line.stripLeading();
        if (!stripped.isEmpty() && stripped.charAt(0) != '#') {
          lines.add(stripped);
        }
      }
    } catch (IOException e) {
      throw new SystemException(file, e);
    }
    return lines;
  }
}
