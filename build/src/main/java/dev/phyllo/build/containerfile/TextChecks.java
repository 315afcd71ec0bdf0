package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The checks that the text alone decides. */
final class TextChecks {
  private static final Set<String> SECRET =
      Set.of(
          "apikey",
          "auth",
          "credential",
          "credentials",
          "key",
          "password",
          "pword",
          "passwd",
          "secret",
          "token");
  private static final Set<String> NO_SECRET = Set.of("public", "file", "version");

  private final Containerfile file;
  private final Findings findings;

  private TextChecks(Containerfile file) {
    this.file = file;
    this.findings = new Findings(file);
  }

  /** All that the text alone decides, in order of lines. */
  static List<Warning> of(Containerfile file, List<Location> emptyContinuations) {
    TextChecks checks = new TextChecks(file);
    for (Location location : emptyContinuations) {
      checks.findings.add(
          Rule.NO_EMPTY_CONTINUATION,
          "there is an empty line inside the instruction: it is passed over",
          location,
          Set.of());
    }
    checks.casing();
    checks.names();
    checks.bases();
    Map<String, State> states = new HashMap<>();
    for (Stage stage : file.stages()) {
      State base = states.get(stage.from().base().toLowerCase(Locale.ROOT));
      State state = base == null ? new State() : new State(base.shell, base.workdir);
      stage.instructions().forEach(instruction -> checks.instruction(instruction, state));
      stage.name().ifPresent(name -> states.put(name, state));
    }
    List<Warning> found = checks.findings.all();
    if (found.size() < 2) {
      return found;
    }
    found.sort(
        Comparator.comparingInt((Warning warning) -> warning.location().firstLine())
            .thenComparing(Warning::rule));
    return found;
  }

  /** What the checks have to know of a stage so far. */
  private static final class State {
    boolean shell;
    boolean workdir;
    final Map<Kind, Instruction> last = new EnumMap<>(Kind.class);

    State() {}

    State(boolean shell, boolean workdir) {
      this.shell = shell;
      this.workdir = workdir;
    }
  }

  private enum Kind {
    CMD,
    ENTRYPOINT,
    HEALTHCHECK
  }

  /** Most instructions are in one case; which, decides the majority. */
  private void casing() {
    List<Instruction> all = new ArrayList<>();
    for (Stage stage : file.stages()) {
      all.add(stage.from());
      all.addAll(stage.instructions());
    }
    int lower = 0;
    int upper = 0;
    for (Instruction instruction : all) {
      lower += isLower(instruction.origin().keyword()) ? 1 : 0;
      upper += isUpper(instruction.origin().keyword()) ? 1 : 0;
    }
    for (Instruction instruction : all) {
      String keyword = instruction.origin().keyword();
      if (lower > upper ? !isLower(keyword) : !isUpper(keyword)) {
        findings.add(
            Rule.CONSISTENT_INSTRUCTION_CASING,
            keyword + " is not in " + (lower > upper ? "lower" : "upper") + " case as most are",
            instruction.origin());
      }
    }
  }

  private static boolean isLower(String word) {
    return word.equals(word.toLowerCase(Locale.ROOT));
  }

  private static boolean isUpper(String word) {
    return word.equals(word.toUpperCase(Locale.ROOT));
  }

  private void names() {
    Set<String> seen = new HashSet<>();
    for (Stage stage : file.stages()) {
      Origin origin = stage.from().origin();
      if (stage.name().isEmpty()) {
        continue;
      }
      String name = stage.name().get();
      if (name.equals(From.SCRATCH) || name.equals("context")) {
        findings.add(
            Rule.RESERVED_STAGE_NAME, "the name " + name + " means something else", origin);
      }
      if (!seen.add(name)) {
        findings.add(
            Rule.DUPLICATE_STAGE_NAME,
            "the name " + name + " is that of a stage before; from here on it means this one",
            origin);
      }
      // "FROM base AS name", flags before it and perhaps a comment behind it.
      List<String> words = List.of(origin.text().split("[ \\t\\f\\r\\x0b]+", -1));
      int comment = 0;
      while (comment < words.size() && !words.get(comment).startsWith("#")) {
        comment++;
      }
      String as = words.get(comment - 2);
      if (!isLower(words.get(comment - 1))) {
        findings.add(Rule.STAGE_NAME_CASING, "the stage's name is not in lower case", origin);
      }
      String from = origin.keyword();
      if (isLower(from) ? !isLower(as) : isUpper(from) && !isUpper(as)) {
        findings.add(Rule.FROM_AS_CASING, from + " and " + as + " are not in one case", origin);
      }
    }
  }

  private void bases() {
    Map<String, String> defaults = new LinkedHashMap<>();
    Set<String> declared = new HashSet<>(GlobalScope.AUTOMATIC);
    GlobalScope.AUTOMATIC.forEach(name -> defaults.put(name, "linux"));
    long held = 0;
    for (Arg arg : file.globals()) {
      secrets("ARG", arg.declarations().stream().map(Arg.Declaration::name).toList(), arg);
      for (Arg.Declaration declaration : arg.declarations()) {
        declared.add(declaration.name());
        String value = declaration.value().orElse("");
        if (declaration.value().isPresent() && held < Expansion.MAX_TOTAL) {
          Optional<String> result = expanded(value, Variables.of(defaults));
          held += result.map(String::length).orElse(0);
          result.ifPresent(text -> defaults.put(declaration.name(), text));
        }
      }
    }
    for (Stage stage : file.stages()) {
      base(stage.from(), declared, defaults);
    }
  }

  private void base(From from, Set<String> declared, Map<String, String> defaults) {
    Expansion expansion = new Expansion(file.directives().escape(), Variables.of(defaults));
    From expanded;
    try {
      expanded = from.expand(expansion);
    } catch (InvalidException _) {
      return; // an error when it is built, unless a build argument mends it
    }
    for (String name : expansion.undefined()) {
      if (!declared.contains(name) && findings.wants(Rule.UNDEFINED_ARG_IN_FROM)) {
        findings.add(
            Rule.UNDEFINED_ARG_IN_FROM,
            "no ARG before the first FROM declares " + name + Findings.meant(name, declared),
            from.origin());
      }
    }
    if (!ImageNames.isPlausible(expanded.base())) {
      findings.add(
          Rule.INVALID_DEFAULT_ARG_IN_FROM,
          Chars.quoted(from.base()) + " is no image's name unless a build argument is given",
          from.origin());
    }
    String platform = from.platform().orElse("");
    if (platform.equals("$TARGETPLATFORM") || platform.equals("${TARGETPLATFORM}")) {
      findings.add(
          Rule.REDUNDANT_TARGET_PLATFORM,
          "--platform=" + platform + " is what it is anyway",
          from.origin());
    }
    if (!platform.isEmpty() && platform.indexOf('$') < 0) {
      String name = from.stageName().orElse("");
      boolean said = false;
      for (String part : platform.split("/", -1)) {
        said |= !part.isEmpty() && name.contains(part);
      }
      if (!said) {
        findings.add(
            Rule.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
            "--platform=" + Chars.shown(platform) + " is the same whatever is built for",
            from.origin());
      }
    }
  }

  private Optional<String> expanded(String value, Variables variables) {
    try {
      return Optional.of(Expansion.expand(value, file.directives().escape(), variables));
    } catch (InvalidException _) {
      return Optional.empty();
    }
  }

  private void instruction(Instruction instruction, State state) {
    // By instanceof: the first use of a pattern switch makes classes, and cached builds are timed.
    if (instruction instanceof Arg arg) {
      secrets("ARG", arg.declarations().stream().map(Arg.Declaration::name).toList(), arg);
    } else if (instruction instanceof Env env) {
      secrets("ENV", env.pairs().stream().map(KeyValue::key).toList(), env);
      legacy(env.pairs(), env);
    } else if (instruction instanceof Label label) {
      legacy(label.pairs(), label);
    } else if (instruction instanceof Cmd cmd) {
      shellForm(cmd.command(), cmd, state);
      once(Kind.CMD, cmd, state);
    } else if (instruction instanceof Entrypoint entrypoint) {
      shellForm(entrypoint.command(), entrypoint, state);
      once(Kind.ENTRYPOINT, entrypoint, state);
    } else if (instruction instanceof Healthcheck healthcheck) {
      once(Kind.HEALTHCHECK, healthcheck, state);
    } else if (instruction instanceof Maintainer maintainer) {
      findings.add(
          Rule.MAINTAINER_DEPRECATED,
          "MAINTAINER is deprecated: write LABEL org.opencontainers.image.authors=…",
          maintainer.origin());
    } else if (instruction instanceof Shell) {
      state.shell = true;
    } else if (instruction instanceof Workdir workdir) {
      workdir(workdir, state);
    } else if (instruction instanceof Expose expose) {
      expose.ports().forEach(port -> port(port, expose));
    }
  }

  private void workdir(Workdir workdir, State state) {
    String path = workdir.path();
    boolean absolute = path.startsWith("/") || path.startsWith("\"/");
    if (!absolute && !path.startsWith("$") && !state.workdir) {
      findings.add(
          Rule.WORKDIR_RELATIVE_PATH,
          "WORKDIR " + Chars.shown(path) + " depends on the base's directory",
          workdir.origin());
    }
    state.workdir = true;
  }

  private void secrets(String keyword, List<String> names, Instruction instruction) {
    for (String name : names) {
      boolean secret = false;
      boolean harmless = false;
      for (String word : name.toLowerCase(Locale.ROOT).split("_", -1)) {
        secret |= SECRET.contains(word);
        harmless |= NO_SECRET.contains(word);
      }
      if (secret && !harmless) {
        findings.add(
            Rule.SECRETS_USED_IN_ARG_OR_ENV,
            keyword + " " + Chars.shown(name) + " looks like a secret, and the image keeps it",
            instruction.origin());
      }
    }
  }

  private void legacy(List<KeyValue> pairs, Instruction instruction) {
    if (pairs.getFirst().legacy()) {
      findings.add(
          Rule.LEGACY_KEY_VALUE_FORMAT,
          "write " + instruction.name() + " name=value, with a =",
          instruction.origin());
    }
  }

  private void shellForm(Command command, Instruction instruction, State state) {
    if (command instanceof Command.ShellForm && !state.shell) {
      findings.add(
          Rule.JSON_ARGS_RECOMMENDED,
          instruction.name() + " runs in a shell, which passes no signals on: use a JSON array",
          instruction.origin());
    }
  }

  private void once(Kind kind, Instruction instruction, State state) {
    Instruction before = state.last.put(kind, instruction);
    if (before != null) {
      findings.add(
          Rule.MULTIPLE_INSTRUCTIONS_DISALLOWED,
          "the stage has another " + instruction.name() + " below, which alone counts",
          before.origin());
    }
  }

  private void port(String port, Expose expose) {
    int slash = port.indexOf('/');
    String protocol = slash < 0 ? "" : port.substring(slash + 1);
    if (!isLower(protocol) && protocol.indexOf('$') < 0) {
      findings.add(
          Rule.EXPOSE_PROTO_CASING,
          "the protocol of " + Chars.shown(port) + " is not in lower case",
          expose.origin());
    }
    if (port.indexOf(':') >= 0 && port.indexOf('$') < 0) {
      findings.add(
          Rule.EXPOSE_INVALID_FORMAT,
          Chars.shown(port) + " has an address or a port of the host, which EXPOSE does not take",
          expose.origin());
    }
  }
}
