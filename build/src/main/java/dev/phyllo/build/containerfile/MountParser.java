package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads the fields of a {@code RUN --mount}, once as they are written and once expanded. */
final class MountParser {
  private static final List<String> TYPES = List.of("bind", "cache", "tmpfs", "secret", "ssh");
  private static final List<String> SHARING = List.of("shared", "private", "locked");
  private static final List<String> KEYS =
      List.of(
          "type",
          "from",
          "source",
          "src",
          "target",
          "dst",
          "destination",
          "readonly",
          "ro",
          "readwrite",
          "rw",
          "required",
          "size",
          "id",
          "sharing",
          "mode",
          "uid",
          "gid",
          "env");

  private final Origin origin;
  private String type = "bind";
  private Optional<String> from = Optional.empty();
  private Optional<String> source = Optional.empty();
  private Optional<String> target = Optional.empty();
  private Optional<String> id = Optional.empty();
  private Optional<String> env = Optional.empty();
  private Optional<String> sharing = Optional.empty();
  private Optional<Boolean> readOnly = Optional.empty();
  private Optional<Boolean> required = Optional.empty();
  private Optional<Integer> mode = Optional.empty();
  private Optional<Integer> uid = Optional.empty();
  private Optional<Integer> gid = Optional.empty();
  private OptionalLong size = OptionalLong.empty();

  private MountParser(Origin origin) {
    this.origin = origin;
  }

  /** The fields of a flag's value: comma-separated, with quotes as in CSV. */
  static MountFlag split(Location location, String value) {
    List<MountFlag.Field> fields = new ArrayList<>();
    for (String field : csv(location, value)) {
      int equals = field.indexOf('=');
      String key = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
      if (!KEYS.contains(key)) {
        throw At.invalid(
            location, "--mount has no key " + Chars.quoted(key), Suggestion.of(key, KEYS));
      }
      Optional<String> said =
          equals < 0 ? Optional.empty() : Optional.of(field.substring(equals + 1));
      if (key.equals("from") && said.isPresent() && hasVariable(said.get())) {
        throw At.invalid(
            location,
            "--mount from= cannot have a variable",
            "write FROM … AS name with an ARG before the first FROM, and from=name");
      }
      fields.add(new MountFlag.Field(key, said));
    }
    return new MountFlag(fields);
  }

  private static boolean hasVariable(String value) {
    int dollar = value.indexOf('$');
    return dollar >= 0 && dollar < value.length() - 1;
  }

  /** Whether a flag can be read before its variables are known. */
  static boolean isConstant(MountFlag flag) {
    return flag.fields().stream()
        .noneMatch(field -> field.value().filter(value -> value.indexOf('$') >= 0).isPresent());
  }

  static Mount parse(Origin origin, MountFlag flag) {
    MountParser parser = new MountParser(origin);
    for (MountFlag.Field field : flag.fields()) {
      if (field.key().equals("type")) {
        parser.field(field); // the others depend on it, whatever the order
      }
    }
    for (MountFlag.Field field : flag.fields()) {
      if (!field.key().equals("type")) {
        parser.field(field);
      }
    }
    return parser.mount();
  }

  private void field(MountFlag.Field field) {
    String key = field.key();
    boolean flag =
        switch (key) {
          case "readonly", "ro", "readwrite", "rw", "required" -> true;
          default -> false;
        };
    if (field.value().isEmpty() && !flag) {
      throw invalid("--mount " + key + " has no value", "write " + key + "=…");
    }
    String value = field.value().orElse("true");
    switch (key) {
      case "type" -> type = oneOf("type", value, TYPES);
      case "from" -> from = nonEmpty(value);
      case "source", "src" -> source = Optional.of(value);
      case "target", "dst", "destination" -> target = Optional.of(value);
      case "readonly", "ro" -> readOnly = Optional.of(bool(key, value));
      case "readwrite", "rw" -> readOnly = Optional.of(!bool(key, value));
      case "required" -> required = Optional.of(bool(key, value));
      case "size" -> size = OptionalLong.of(bytes(value));
      case "id" -> id = nonEmpty(value);
      case "sharing" -> sharing = Optional.of(oneOf("sharing", value, SHARING));
      case "mode" -> mode = Optional.of(number(key, value, 8, 07777));
      case "uid" -> uid = Optional.of(number(key, value, 10, Integer.MAX_VALUE));
      case "gid" -> gid = Optional.of(number(key, value, 10, Integer.MAX_VALUE));
      default -> env = Optional.of(value);
    }
  }

  private Mount mount() {
    boolean secret = type.equals("secret");
    boolean ssh = type.equals("ssh");
    boolean cache = type.equals("cache");
    boolean files = type.equals("bind") || cache;
    allow(from, "from", files);
    allow(source, "source", files || secret);
    allow(id, "id", cache || secret || ssh);
    allow(env, "env", secret);
    allow(sharing, "sharing", cache);
    allow(required, "required", secret || ssh);
    allow(mode, "mode", cache || secret || ssh);
    allow(uid, "uid", cache || secret || ssh);
    allow(gid, "gid", cache || secret || ssh);
    if (size.isPresent() && !type.equals("tmpfs")) {
      throw notFor("size");
    }
    return switch (type) {
      case "bind" -> new Mount.Bind(from, source.orElse(""), neededTarget(), readOnly.orElse(true));
      case "cache" ->
          new Mount.Cache(
              id.orElseGet(this::neededTarget),
              neededTarget(),
              from,
              source.orElse(""),
              Mount.Sharing.valueOf(sharing.orElse("shared").toUpperCase(Locale.ROOT)),
              readOnly.orElse(false),
              mode.orElse(0755),
              uid.orElse(0),
              gid.orElse(0));
      case "tmpfs" -> new Mount.Tmpfs(neededTarget(), size);
      case "secret" -> secret();
      default ->
          new Mount.Ssh(
              id.orElse("default"),
              target,
              required.orElse(false),
              mode.orElse(0600),
              uid.orElse(0),
              gid.orElse(0));
    };
  }

  private Mount secret() {
    if (id.isPresent() && source.isPresent()) {
      throw invalid("a secret mount has both id and source", "keep id");
    }
    String name =
        id.or(() -> source)
            .or(() -> target.map(path -> path.substring(path.lastIndexOf('/') + 1)))
            .orElse("");
    if (name.isEmpty()) {
      throw invalid("a secret mount has no id", "add id=…, as --secret id=… names it");
    }
    // Without a variable it is a file, and without a target that has a customary place.
    Optional<String> file =
        target.isPresent() || env.isPresent() ? target : Optional.of("/run/secrets/" + last(name));
    return new Mount.Secret(
        name,
        file,
        env.map(variable -> variable.isEmpty() ? name : variable),
        required.orElse(false),
        mode.orElse(0400),
        uid.orElse(0),
        gid.orElse(0));
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private String neededTarget() {
    return target
        .filter(path -> !path.isEmpty())
        .orElseThrow(() -> invalid("a " + type + " mount has no target", "add target=…"));
  }

  private void allow(Optional<?> value, String key, boolean allowed) {
    if (value.isPresent() && !allowed) {
      throw notFor(key);
    }
  }

  private InvalidException notFor(String key) {
    return invalid("a " + type + " mount has no " + key, "leave " + key + " out");
  }

  private static Optional<String> nonEmpty(String value) {
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  private String oneOf(String key, String value, List<String> allowed) {
    String lower = value.toLowerCase(Locale.ROOT);
    if (!allowed.contains(lower)) {
      throw invalid(
          "--mount " + key + "=" + value + " is not known", Suggestion.of(lower, allowed));
    }
    return lower;
  }

  private boolean bool(String key, String value) {
    return switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw invalid("--mount " + key + "=" + value + " is neither true nor false", "");
    };
  }

  private int number(String key, String value, int radix, int most) {
    try {
      int number = value.startsWith("+") ? -1 : Integer.parseInt(value, radix);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // said below
    }
    String kind = radix == 8 ? "an octal number up to 7777" : "a number";
    throw invalid("--mount " + key + "=" + value + " is not " + kind, "");
  }

  /** A number of bytes, with the suffixes of powers of 1024 that {@code docker run -m} takes. */
  private long bytes(String value) {
    String lower = value.toLowerCase(Locale.ROOT).strip();
    String digits = lower;
    for (String end : List.of("b", "i")) {
      digits = digits.endsWith(end) ? digits.substring(0, digits.length() - 1) : digits;
    }
    int power = digits.isEmpty() ? -1 : "kmgtp".indexOf(digits.charAt(digits.length() - 1));
    if (power >= 0) {
      digits = digits.substring(0, digits.length() - 1).stripTrailing();
    }
    try {
      double number = Double.parseDouble(digits) * Math.pow(1024, power + 1);
      if (number >= 0 && number < 1L << 60 && Character.isDigit(digits.charAt(0))) {
        return (long) number;
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw invalid("--mount size=" + value + " is not a size", "write it like 64m");
  }

  private InvalidException invalid(String why, String remedy) {
    return At.invalid(origin.location(), why, remedy);
  }

  private static List<String> csv(Location location, String value) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    int i = 0;
    while (true) {
      field.setLength(0);
      if (i < value.length() && value.charAt(i) == '"') {
        i++;
        while (true) {
          int quote = value.indexOf('"', i);
          if (quote < 0) {
            throw At.invalid(location, "--mount has a quote that is not closed", "");
          }
          field.append(value, i, quote);
          i = quote + 1;
          if (i >= value.length() || value.charAt(i) != '"') {
            break;
          }
          field.append('"');
          i++;
        }
        if (i < value.length() && value.charAt(i) != ',') {
          throw At.invalid(location, "--mount has text behind a closed quote", "");
        }
      } else {
        int comma = value.indexOf(',', i);
        int end = comma < 0 ? value.length() : comma;
        field.append(value, i, end);
        i = end;
      }
      fields.add(field.toString());
      if (i >= value.length()) {
        return fields;
      }
      i++;
    }
  }
}
