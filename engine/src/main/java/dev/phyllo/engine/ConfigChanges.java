package dev.phyllo.engine;

import dev.phyllo.linux.Signals;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A config being changed by Containerfile instructions: what {@code --change} of docker's commit
 * and import takes, CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER,
 * VOLUME and WORKDIR, with the meaning they have in a build.
 */
final class ConfigChanges {
  private static final List<String> WORDS =
      List.of(
          "CMD",
          "ENTRYPOINT",
          "ENV",
          "EXPOSE",
          "HEALTHCHECK",
          "LABEL",
          "ONBUILD",
          "STOPSIGNAL",
          "USER",
          "VOLUME",
          "WORKDIR");

  private static final String REMEDY = "use one of " + String.join(", ", WORDS);

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
  private boolean cmdChanged;

  /** Starts with a config. */
  ConfigChanges(ProcessConfig from) {
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

  /**
   * Applies instructions, in order.
   *
   * @return the config with all of them
   * @throws UsageException if one is not such an instruction
   */
  ProcessConfig applyAll(List<String> instructions) {
    for (String instruction : instructions) {
      apply(instruction.strip());
    }
    List<String> assignments = new ArrayList<>();
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

  private void apply(String instruction) {
    int end = 0;
    while (end < instruction.length() && !Character.isWhitespace(instruction.charAt(end))) {
      end++;
    }
    String word = instruction.substring(0, end).toUpperCase(Locale.ROOT);
    String rest = instruction.substring(end).strip();
    if (rest.isEmpty() && WORDS.contains(word)) {
      throw refused(instruction, "needs an argument", "see the Containerfile reference");
    }
    switch (word) {
      case "CMD" -> {
        cmd = command(rest);
        cmdChanged = true;
      }
      case "ENTRYPOINT" -> {
        entrypoint = command(rest);
        if (!cmdChanged) {
          cmd = List.of(); // it was written for another entrypoint, as in a build
        }
      }
      case "ENV" -> assign(instruction, rest, env);
      case "LABEL" -> assign(instruction, rest, labels);
      case "EXPOSE" -> {
        for (String port : ShellWords.split(rest)) {
          expose(instruction, ShellWords.expand(port, env));
        }
      }
      case "USER" -> user = single(instruction, rest);
      case "VOLUME" -> volume(instruction, rest);
      case "WORKDIR" -> workingDir = resolve(ShellWords.expand(rest, env));
      case "STOPSIGNAL" -> {
        String signal = single(instruction, rest);
        if (Signals.number(signal) <= 0) {
          throw refused(instruction, "no such signal", "signal(7) lists them, such as SIGTERM");
        }
        stopSignal = Optional.of(signal);
      }
      case "ONBUILD" -> onBuild(instruction, rest);
      case "HEALTHCHECK" -> extra.put("Healthcheck", Healthcheck.parse(instruction, rest, shell()));
      default -> throw refused(instruction, "not an instruction that changes a config", REMEDY);
    }
  }

  static UsageException refused(String instruction, String why, String remedy) {
    return new UsageException("--change \"" + instruction + "\"", why, remedy);
  }

  /** The exec form as it is, the shell form as the last argument of the shell. */
  private List<String> command(String rest) {
    List<String> exec = jsonForm(rest);
    if (exec != null) {
      return exec;
    }
    List<String> words = new ArrayList<>(shell());
    words.add(rest);
    return words;
  }

  /** What runs a shell form: {@code Shell} of docker's config, else the Bourne shell. */
  private List<String> shell() {
    List<String> words = new ArrayList<>();
    if (extra.get("Shell") instanceof Json.Array shell) {
      for (Json word : shell.items()) {
        if (word instanceof Json.Text text) {
          words.add(text.value());
        }
      }
    }
    return words.isEmpty() ? List.of("/bin/sh", "-c") : words;
  }

  /** The strings of a JSON array; null for anything else, which docker takes as a shell's line. */
  static @Nullable List<String> jsonForm(String rest) {
    if (!rest.startsWith("[")) {
      return null;
    }
    Json parsed;
    try {
      parsed = JsonCodec.parse(rest.getBytes(StandardCharsets.UTF_8), "instruction");
    } catch (InvalidException _) {
      return null;
    }
    List<String> words = new ArrayList<>();
    if (parsed instanceof Json.Array array) {
      for (Json item : array.items()) {
        if (!(item instanceof Json.Text text)) {
          return null;
        }
        words.add(text.value());
      }
    }
    return words;
  }

  /** {@code a=b c="d e"}, or the old {@code a everything else}. */
  private void assign(String instruction, String rest, Map<String, String> into) {
    List<String> words = ShellWords.split(rest);
    if (words.getFirst().indexOf('=') < 0) {
      int end = words.getFirst().length();
      String value = rest.substring(end).strip();
      if (value.isEmpty()) {
        throw refused(instruction, "not NAME=VALUE", "write NAME=VALUE");
      }
      into.put(words.getFirst(), ShellWords.expand(value, env));
      return;
    }
    Map<String, String> before = Map.copyOf(env); // one instruction sees none of its own values
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw refused(instruction, "\"" + word + "\" is not NAME=VALUE", "write NAME=VALUE");
      }
      into.put(
          ShellWords.expand(word.substring(0, equals), before),
          ShellWords.expand(word.substring(equals + 1), before));
    }
  }

  private String single(String instruction, String rest) {
    if (ShellWords.split(rest).size() != 1) {
      throw refused(instruction, "takes one argument", "quote it");
    }
    return ShellWords.expand(rest, env);
  }

  private void volume(String instruction, String rest) {
    List<String> exec = jsonForm(rest);
    for (String word : exec != null ? exec : ShellWords.split(rest)) {
      String path = ShellWords.expand(word, env);
      if (path.isBlank()) {
        throw refused(instruction, "an empty path", "name a directory");
      }
      volumes.add(path);
    }
  }

  /** A relative directory is one below that of before. */
  private String resolve(String directory) {
    String joined = directory.startsWith("/") ? directory : workingDir + "/" + directory;
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
    return "/" + String.join("/", parts);
  }

  /** {@code 80}, {@code 53/udp}, {@code 8000-8010/tcp}. */
  private void expose(String instruction, String port) {
    int slash = port.indexOf('/');
    String protocol = slash < 0 ? "tcp" : port.substring(slash + 1).toLowerCase(Locale.ROOT);
    String range = slash < 0 ? port : port.substring(0, slash);
    int dash = range.indexOf('-');
    int first = number(dash < 0 ? range : range.substring(0, dash));
    int last = dash < 0 ? first : number(range.substring(dash + 1));
    boolean known = protocol.equals("tcp") || protocol.equals("udp") || protocol.equals("sctp");
    if (!known || first < 0 || last < first) {
      throw refused(
          instruction, "\"" + port + "\" is not a port", "write PORT[-PORT][/tcp|udp|sctp]");
    }
    for (int p = first; p <= last; p++) {
      exposedPorts.add(p + "/" + protocol);
    }
  }

  static int number(String digits) {
    try {
      int n = Integer.parseInt(digits);
      return n > 65535 ? -1 : n;
    } catch (NumberFormatException _) {
      return -1;
    }
  }

  private void onBuild(String instruction, String rest) {
    String word = rest.split("\\s", 2)[0].toUpperCase(Locale.ROOT);
    if (word.equals("ONBUILD") || word.equals("FROM") || word.equals("MAINTAINER")) {
      throw refused(instruction, word + " is not allowed in ONBUILD", "use another instruction");
    }
    List<Json> triggers = new ArrayList<>();
    if (extra.get("OnBuild") instanceof Json.Array old) {
      triggers.addAll(old.items());
    }
    triggers.add(new Json.Text(rest));
    extra.put("OnBuild", new Json.Array(triggers));
  }
}
