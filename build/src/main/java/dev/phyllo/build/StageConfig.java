package dev.phyllo.build;

import dev.phyllo.build.containerfile.At;
import dev.phyllo.build.containerfile.Cmd;
import dev.phyllo.build.containerfile.Command;
import dev.phyllo.build.containerfile.Entrypoint;
import dev.phyllo.build.containerfile.Env;
import dev.phyllo.build.containerfile.Expose;
import dev.phyllo.build.containerfile.Healthcheck;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.build.containerfile.KeyValue;
import dev.phyllo.build.containerfile.Label;
import dev.phyllo.build.containerfile.Onbuild;
import dev.phyllo.build.containerfile.Shell;
import dev.phyllo.build.containerfile.StopSignal;
import dev.phyllo.build.containerfile.User;
import dev.phyllo.build.containerfile.Volume;
import dev.phyllo.linux.Signals;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The config of a stage as its instructions change it, one after the other. */
final class StageConfig {
  /** What runs a shell form where no SHELL says otherwise. */
  static final List<String> DEFAULT_SHELL = List.of("/bin/sh", "-c");

  private static final int MAX_PORT = 65535;

  private String user;
  private final Set<String> exposedPorts;
  private final Map<String, String> env = new LinkedHashMap<>();
  private List<String> entrypoint;
  private List<String> cmd;
  private final Set<String> volumes;
  private String workingDir;
  private final Map<String, String> labels;
  private Optional<String> stopSignal;
  private final Map<String, Json> extra;
  private boolean cmdIsOwn;

  /** Starts with what the base says. */
  StageConfig(ProcessConfig from) {
    user = from.user();
    exposedPorts = new LinkedHashSet<>(from.exposedPorts());
    for (String assignment : from.env()) {
      int equals = assignment.indexOf('=');
      env.put(
          equals < 0 ? assignment : assignment.substring(0, equals),
          equals < 0 ? "" : assignment.substring(equals + 1));
    }
    entrypoint = from.entrypoint();
    cmd = from.cmd();
    volumes = new LinkedHashSet<>(from.volumes());
    workingDir = from.workingDir();
    labels = new LinkedHashMap<>(from.labels());
    stopSignal = from.stopSignal();
    extra = new LinkedHashMap<>(from.extra().members());
  }

  /** The config as it is now. */
  ProcessConfig process() {
    List<String> assignments = new ArrayList<>(env.size());
    env.forEach((name, value) -> assignments.add(name + "=" + value));
    return new ProcessConfig(
        user,
        List.copyOf(exposedPorts),
        assignments,
        entrypoint,
        cmd,
        List.copyOf(volumes),
        workingDir,
        labels,
        stopSignal,
        new Json.Obj(extra));
  }

  String user() {
    return user;
  }

  /** The working directory, absolute. */
  String workingDir() {
    return workingDir.isEmpty() ? "/" : workingDir;
  }

  List<String> volumes() {
    return List.copyOf(volumes);
  }

  /** What executes a shell form. */
  List<String> shell() {
    return strings("Shell").isEmpty() ? DEFAULT_SHELL : strings("Shell");
  }

  /** The triggers of the base for builds on it. They are done once, so they are no longer there. */
  List<String> takeTriggers() {
    List<String> triggers = strings("OnBuild");
    extra.remove("OnBuild");
    return triggers;
  }

  /** Adds labels that the caller gives, which win. */
  void label(Map<String, String> given) {
    labels.putAll(given);
  }

  private List<String> strings(String name) {
    List<String> words = new ArrayList<>();
    if (extra.get(name) instanceof Json.Array array) {
      for (Json item : array.items()) {
        if (item instanceof Json.Text text) {
          words.add(text.value());
        }
      }
    }
    return words;
  }

  /** Changes the working directory; a relative one is below that of before. */
  void workingDir(String path) {
    String joined = path.startsWith("/") ? path : workingDir + "/" + path;
    List<String> parts = new ArrayList<>();
    for (String part : joined.split("/", -1)) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    workingDir = "/" + String.join("/", parts);
  }

  /**
   * Does what an expanded instruction does to the config.
   *
   * @return whether it is one that only changes the config
   */
  boolean apply(Instruction instruction) {
    if (instruction instanceof Env i) {
      for (KeyValue pair : i.pairs()) {
        env.put(pair.key(), pair.value());
      }
    } else if (instruction instanceof Cmd i) {
      cmd = i.command().arguments(shell());
      cmdIsOwn = true;
    } else if (instruction instanceof Entrypoint i) {
      entrypoint = i.command().arguments(shell());
      if (!cmdIsOwn) {
        cmd = List.of(); // the base's was written for the base's entrypoint
      }
    } else if (instruction instanceof Label i) {
      for (KeyValue pair : i.pairs()) {
        labels.put(pair.key(), pair.value());
      }
    } else if (instruction instanceof Expose i) {
      i.ports().forEach(port -> expose(port, instruction));
    } else if (instruction instanceof User i) {
      user = i.user();
    } else if (instruction instanceof Volume i) {
      volumes.addAll(i.paths());
    } else if (instruction instanceof StopSignal i) {
      if (Signals.number(i.signal()) <= 0) {
        throw At.invalid(
            i.location(),
            "STOPSIGNAL " + i.signal() + ": there is no such signal",
            "signal(7) lists them, such as SIGTERM");
      }
      stopSignal = Optional.of(i.signal());
    } else if (instruction instanceof Shell i) {
      extra.put("Shell", JsonBuilder.array(i.arguments()));
    } else if (instruction instanceof Healthcheck i) {
      extra.put("Healthcheck", healthcheck(i));
    } else if (instruction instanceof Onbuild i) {
      List<String> triggers = new ArrayList<>(strings("OnBuild"));
      triggers.add(i.trigger());
      extra.put("OnBuild", JsonBuilder.array(triggers));
    } else {
      return false;
    }
    return true;
  }

  /** {@code 80}, {@code 53/udp}, {@code 8000-8010/tcp}. */
  private void expose(String port, Instruction instruction) {
    int slash = port.indexOf('/');
    String protocol = slash < 0 ? "tcp" : port.substring(slash + 1).toLowerCase(Locale.ROOT);
    String range = slash < 0 ? port : port.substring(0, slash);
    int dash = range.indexOf('-');
    int first = number(dash < 0 ? range : range.substring(0, dash));
    int last = dash < 0 ? first : number(range.substring(dash + 1));
    boolean known = protocol.equals("tcp") || protocol.equals("udp") || protocol.equals("sctp");
    if (!known || first < 0 || last < first) {
      throw At.invalid(
          instruction.location(),
          "EXPOSE " + port + ": not a port",
          "write PORT[-PORT][/tcp|udp|sctp]");
    }
    for (int p = first; p <= last; p++) {
      exposedPorts.add(p + "/" + protocol);
    }
  }

  private static int number(String digits) {
    try {
      int n = Integer.parseInt(digits);
      return n > MAX_PORT ? -1 : n;
    } catch (NumberFormatException _) {
      return -1;
    }
  }

  private Json.Obj healthcheck(Healthcheck check) {
    if (check.command().isEmpty()) {
      return new JsonBuilder().put("Test", JsonBuilder.array(List.of("NONE"))).build();
    }
    List<String> test = new ArrayList<>();
    if (check.command().get() instanceof Command.ShellForm line) {
      boolean usual = shell().equals(DEFAULT_SHELL);
      test.add(usual ? "CMD-SHELL" : "CMD");
      if (!usual) {
        test.addAll(shell());
      }
      test.add(line.line());
    } else {
      test.add("CMD");
      test.addAll(check.command().get().arguments(List.of()));
    }
    JsonBuilder json = new JsonBuilder().put("Test", JsonBuilder.array(test));
    duration(json, "Interval", check.interval());
    duration(json, "Timeout", check.timeout());
    duration(json, "StartPeriod", check.startPeriod());
    duration(json, "StartInterval", check.startInterval());
    if (check.retries() != 0) {
      json.put("Retries", check.retries());
    }
    return json.build();
  }

  private static void duration(JsonBuilder json, String name, Duration time) {
    if (!time.isZero()) {
      json.put(name, time.toNanos());
    }
  }
}
