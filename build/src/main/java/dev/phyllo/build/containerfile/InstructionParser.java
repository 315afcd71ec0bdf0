package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Makes an instruction of its form: which flags and arguments it has, and of what kind. */
final class InstructionParser {
  static final List<String> KEYWORDS =
      List.of(
          "ADD",
          "ARG",
          "CMD",
          "COPY",
          "ENTRYPOINT",
          "ENV",
          "EXPOSE",
          "FROM",
          "HEALTHCHECK",
          "LABEL",
          "MAINTAINER",
          "ONBUILD",
          "RUN",
          "SHELL",
          "STOPSIGNAL",
          "USER",
          "VOLUME",
          "WORKDIR");

  private static final Map<String, Flags.Kind> OF_COPY =
      Map.of(
          "from", Flags.Kind.TEXT,
          "chown", Flags.Kind.TEXT,
          "chmod", Flags.Kind.TEXT,
          "link", Flags.Kind.BOOLEAN,
          "parents", Flags.Kind.BOOLEAN,
          "exclude", Flags.Kind.LIST);
  private static final Map<String, Flags.Kind> OF_ADD =
      Map.of(
          "chown", Flags.Kind.TEXT,
          "chmod", Flags.Kind.TEXT,
          "link", Flags.Kind.BOOLEAN,
          "exclude", Flags.Kind.LIST,
          "keep-git-dir", Flags.Kind.BOOLEAN,
          "checksum", Flags.Kind.TEXT,
          "unpack", Flags.Kind.BOOLEAN);
  private static final Map<String, Flags.Kind> OF_RUN =
      Map.of(
          "mount", Flags.Kind.LIST,
          "network", Flags.Kind.TEXT,
          "security", Flags.Kind.TEXT);
  private final char escape;
  private final Node node;
  private final Origin origin;
  private final List<String> arguments;
  private final String keyword;

  private InstructionParser(char escape, Node node) {
    this.escape = escape;
    this.node = node;
    this.origin = node.origin();
    this.arguments = node.arguments();
    this.keyword = origin.keyword().toUpperCase(Locale.ROOT);
  }

  /**
   * The instruction of a node.
   *
   * @throws InvalidException if there is no such instruction, or its flags or arguments are wrong
   */
  static Instruction parse(char escape, Node node) {
    return new InstructionParser(escape, node).instruction();
  }

  private Instruction instruction() {
    return switch (keyword) {
      case "ADD" -> add();
      case "ARG" -> arg();
      case "CMD" -> new Cmd(withoutFlags(), command(arguments));
      case "COPY" -> copy();
      case "ENTRYPOINT" -> new Entrypoint(withoutFlags(), command(arguments));
      case "ENV" -> new Env(withoutFlags(), pairs());
      case "EXPOSE" -> new Expose(withoutFlags(), atLeastOne().stream().sorted().toList());
      case "FROM" -> from();
      case "HEALTHCHECK" -> HealthcheckParser.parse(node, atLeastOne());
      case "LABEL" -> new Label(withoutFlags(), pairs());
      case "MAINTAINER" -> new Maintainer(withoutFlags(), one());
      case "ONBUILD" -> onbuild();
      case "RUN" -> run();
      case "SHELL" -> shell();
      case "STOPSIGNAL" -> new StopSignal(withoutFlags(), one());
      case "USER" -> new User(withoutFlags(), one());
      case "VOLUME" -> volume();
      case "WORKDIR" -> new Workdir(withoutFlags(), one());
      default ->
          throw invalid(
              "there is no instruction " + Chars.quoted(origin.keyword()),
              Suggestion.of(keyword, KEYWORDS));
    };
  }

  private Origin withoutFlags() {
    Flags.none(node);
    return origin;
  }

  private From from() {
    Flags flags = Flags.of(node, Map.of("platform", Flags.Kind.TEXT));
    List<String> words = withoutComment(arguments);
    boolean named = words.size() == 3 && words.get(1).equalsIgnoreCase("as");
    if (words.size() != 1 && !named) {
      throw atArguments(
          "FROM has " + (words.isEmpty() ? "no base" : "words that are not AS and a name"),
          "write FROM image, or FROM image AS name");
    }
    Optional<String> name = Optional.empty();
    if (named) {
      name = Optional.of(words.get(2).toLowerCase(Locale.ROOT));
      if (!isStageName(name.get())) {
        throw atArguments(
            Chars.quoted(words.get(2)) + " is no name for a stage",
            "begin with a letter, and use letters, digits and - _ . only");
      }
    }
    return new From(origin, words.getFirst(), flags.text("platform"), name);
  }

  /**
   * Nothing in FROM can begin with {@code #}, so from there on it is a comment: people write them,
   * although the reference has comments only on lines of their own.
   */
  private static List<String> withoutComment(List<String> words) {
    for (int i = 1; i < words.size(); i++) {
      if (words.get(i).startsWith("#")) {
        return words.subList(0, i);
      }
    }
    return words;
  }

  private static boolean isStageName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = c >= 'a' && c <= 'z';
      boolean other = c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.';
      if (!letter && (i == 0 || !other)) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private Run run() {
    Flags flags = Flags.of(node, OF_RUN);
    List<MountFlag> mounts = new ArrayList<>();
    for (Flags.Value value : flags.list("mount")) {
      MountFlag mount = MountParser.split(value.location(), value.text());
      if (MountParser.isConstant(mount)) {
        Origin there =
            new Origin(origin.keyword(), value.location(), origin.text(), origin.comments());
        MountParser.parse(there, mount);
      }
      mounts.add(mount);
    }
    return new Run(
        origin,
        command(arguments),
        node.heredocs(),
        mounts,
        choice(flags, "network", Run.Network.class, Run.Network.DEFAULT),
        choice(flags, "security", Run.Security.class, Run.Security.SANDBOX));
  }

  private <E extends Enum<E>> E choice(Flags flags, String key, Class<E> type, E otherwise) {
    Optional<Flags.Value> value = flags.value(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    List<String> known = new ArrayList<>();
    for (E each : type.getEnumConstants()) {
      String name = each.name().toLowerCase(Locale.ROOT);
      if (name.equals(value.get().text())) {
        return each;
      }
      known.add(name);
    }
    throw At.invalid(
        value.get().location(),
        "--" + key + "=" + value.get().text() + " is not known",
        Suggestion.of(value.get().text(), known));
  }

  private Command command(List<String> words) {
    return node.command(words);
  }

  /** The sources that are files, and those that are heredocs. */
  private record Sources(List<String> paths, List<Heredoc> files, String destination) {}

  private Sources sources() {
    if (arguments.size() < 2) {
      throw atArguments(
          keyword + (arguments.isEmpty() ? " has no source and" : " has") + " no destination",
          "write " + keyword + " source… destination");
    }
    String destination = arguments.getLast();
    List<String> paths = new ArrayList<>();
    List<Heredoc> files = new ArrayList<>();
    if (node.json()) {
      paths.addAll(arguments.subList(0, arguments.size() - 1));
      return new Sources(paths, files, destination);
    }
    if (Heredocs.parse(destination).isPresent()) {
      throw atArguments(
          keyword + " has a heredoc as its destination", "add the file's path behind the heredoc");
    }
    for (String source : arguments.subList(0, arguments.size() - 1)) {
      Optional<Heredoc> mentioned = Heredocs.parse(source);
      if (mentioned.isEmpty()) {
        paths.add(source);
        continue;
      }
      // Of two with one name the last has the content, as everywhere.
      for (Heredoc heredoc : node.heredocs().reversed()) {
        if (heredoc.name().equals(mentioned.get().name())) {
          files.add(heredoc);
          break;
        }
      }
    }
    return new Sources(paths, files, destination);
  }

  private Copy copy() {
    Flags flags = Flags.of(node, OF_COPY);
    Optional<String> from = flags.text("from");
    if (from.isPresent() && !isConstant(from.get())) {
      throw At.invalid(
          flags.value("from").orElseThrow().location(),
          "COPY --from cannot have a variable",
          "write FROM … AS name with an ARG before the first FROM, and --from=name");
    }
    Sources sources = sources();
    return new Copy(
        origin,
        sources.paths(),
        sources.files(),
        sources.destination(),
        from,
        flags.text("chown"),
        flags.text("chmod"),
        flags.bool("link").orElse(false),
        flags.bool("parents").orElse(false),
        flags.texts("exclude"));
  }

  private boolean isConstant(String word) {
    try {
      return Expansion.expand(word, escape, Variables.NONE).equals(word);
    } catch (InvalidException _) {
      return false;
    }
  }

  private Add add() {
    Flags flags = Flags.of(node, OF_ADD);
    Sources sources = sources();
    return new Add(
        origin,
        sources.paths(),
        sources.files(),
        sources.destination(),
        flags.text("chown"),
        flags.text("chmod"),
        flags.bool("link").orElse(false),
        flags.texts("exclude"),
        flags.bool("keep-git-dir"),
        flags.text("checksum"),
        flags.bool("unpack"));
  }

  private List<KeyValue> pairs() {
    atLeastOne();
    List<KeyValue> pairs = new ArrayList<>();
    for (int i = 0; i + 2 < arguments.size(); i += 3) {
      if (arguments.get(i).isEmpty()) {
        throw atArguments(keyword + " has a value without a name", "write name=value");
      }
      pairs.add(
          new KeyValue(arguments.get(i), arguments.get(i + 1), arguments.get(i + 2).isEmpty()));
    }
    return pairs;
  }

  private Arg arg() {
    Flags.none(node);
    List<Arg.Declaration> declarations = new ArrayList<>();
    for (String word : atLeastOne()) {
      int equals = word.indexOf('=');
      if (equals == 0) {
        throw atArguments("ARG has a value without a name", "write name=value");
      }
      declarations.add(
          equals < 0
              ? new Arg.Declaration(word, Optional.empty())
              : new Arg.Declaration(
                  word.substring(0, equals), Optional.of(word.substring(equals + 1))));
    }
    return new Arg(origin, declarations);
  }

  private Volume volume() {
    Flags.none(node);
    List<String> paths = atLeastOne().stream().map(Chars::trim).toList();
    if (paths.contains("")) {
      throw atArguments("VOLUME has an empty path", "leave it out");
    }
    return new Volume(origin, paths);
  }

  private Shell shell() {
    Flags.none(node);
    if (!node.json() || arguments.isEmpty()) {
      throw atArguments(
          "SHELL is not a JSON array with at least one string",
          "write SHELL [\"/bin/sh\", \"-c\"]");
    }
    return new Shell(origin, arguments);
  }

  private Onbuild onbuild() {
    Flags.none(node);
    Node child = node.child();
    if (child == null) {
      throw invalid("ONBUILD has no instruction", "write ONBUILD RUN …");
    }
    switch (child.origin().keyword().toUpperCase(Locale.ROOT)) {
      case "ONBUILD", "FROM", "MAINTAINER" ->
          throw At.invalid(
              child.origin().location(),
              "ONBUILD cannot delay " + child.origin().keyword().toUpperCase(Locale.ROOT),
              "leave it out");
      default -> {}
    }
    String trigger = Heredocs.withBodies(child.origin().text(), node.heredocs());
    return new Onbuild(origin, trigger, parse(escape, child));
  }

  private List<String> atLeastOne() {
    if (arguments.isEmpty()) {
      throw invalid(keyword + " has no argument", "add one, or leave it out");
    }
    return arguments;
  }

  private String one() {
    return atLeastOne().getFirst();
  }

  private InvalidException invalid(String why, String remedy) {
    return At.invalid(origin.location(), why, remedy);
  }

  private InvalidException atArguments(String why, String remedy) {
    return At.invalid(node.place(), why, remedy);
  }
}
