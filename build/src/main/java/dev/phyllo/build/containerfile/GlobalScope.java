package dev.phyllo.build.containerfile;

import dev.phyllo.oci.Platform;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What FROM sees: the ARGs before the first FROM, and the platform arguments {@code
 * TARGETPLATFORM}, {@code TARGETOS}, {@code TARGETARCH}, {@code TARGETVARIANT}, their {@code BUILD}
 * counterparts, and {@code TARGETSTAGE}. A stage sees one of them after an {@code ARG} without a
 * default has named it. Immutable.
 */
public final class GlobalScope {
  /**
   * Variables that may be given without an ARG. What is executed sees them; the history and the
   * cache do not, unless an ARG names them.
   */
  public static final List<String> PREDEFINED =
      List.of(
          "HTTP_PROXY",
          "http_proxy",
          "HTTPS_PROXY",
          "https_proxy",
          "FTP_PROXY",
          "ftp_proxy",
          "NO_PROXY",
          "no_proxy",
          "ALL_PROXY",
          "all_proxy");

  /** How many characters the variables of a scope may have together. */
  static final long MAX_HELD = 64 << 20;

  /** That of no build, in which nothing is set. */
  public static final GlobalScope EMPTY =
      new GlobalScope(Directives.NONE.escape(), Map.of(), Map.of(), Set.of());

  /** The platform arguments, which always have a value. */
  public static final List<String> AUTOMATIC =
      List.of(
          "BUILDPLATFORM",
          "BUILDOS",
          "BUILDARCH",
          "BUILDVARIANT",
          "TARGETPLATFORM",
          "TARGETOS",
          "TARGETARCH",
          "TARGETVARIANT",
          "TARGETSTAGE");

  private final char escape;
  private final Map<String, String> given;
  private final Map<String, String> values;
  private final Set<String> declared;

  private GlobalScope(
      char escape, Map<String, String> given, Map<String, String> values, Set<String> declared) {
    this.escape = escape;
    this.given = given;
    this.values = values;
    this.declared = declared;
  }

  /**
   * The scope of a build.
   *
   * @param file the file
   * @param given the build arguments by name, as {@code --build-arg} gives them
   * @param build the platform on which it is built
   * @param target the platform for which it is built
   * @param targetStage the stage that was asked for, if any
   * @throws dev.phyllo.oci.InvalidException if the default of an ARG cannot be expanded
   */
  public static GlobalScope of(
      Containerfile file,
      Map<String, String> given,
      Platform build,
      Platform target,
      Optional<String> targetStage) {
    Map<String, String> values = new LinkedHashMap<>();
    platform(values, "BUILD", build);
    platform(values, "TARGET", target);
    String last = file.stages().isEmpty() ? "" : file.stages().getLast().name().orElse("");
    String stage = targetStage.orElse(last);
    values.put("TARGETSTAGE", stage.isEmpty() ? "default" : stage);
    values.replaceAll((name, value) -> given.getOrDefault(name, value));
    Set<String> declared = new LinkedHashSet<>(values.keySet());
    char escape = file.directives().escape();
    long held = 0;
    for (Arg arg : file.globals()) {
      for (Arg.Declaration declaration : arg.declarations()) {
        String name = declaration.name();
        String value = given.get(name);
        if (value == null && declaration.value().isPresent()) {
          Expansion expansion = new Expansion(escape, Variables.of(values));
          value = expansion.word(arg.origin(), declaration.value().get());
        }
        if (value != null) {
          held += value.length();
          if (held > MAX_HELD) {
            throw At.invalid(arg.location(), "the global ARGs are too long together", "");
          }
          values.put(name, value);
        }
        declared.add(name);
      }
    }
    return new GlobalScope(
        escape,
        Map.copyOf(given),
        Collections.unmodifiableMap(values),
        Collections.unmodifiableSet(declared));
  }

  private static void platform(Map<String, String> values, String prefix, Platform platform) {
    values.put(prefix + "PLATFORM", platform.toString());
    values.put(prefix + "OS", platform.os());
    values.put(prefix + "ARCH", platform.architecture());
    values.put(prefix + "VARIANT", platform.variant().orElse(""));
  }

  /** The variables and their values. */
  public Map<String, String> values() {
    return values;
  }

  /** The names of all variables, those without a value too. */
  public Set<String> declared() {
    return declared;
  }

  /** The build arguments as they were given. */
  public Map<String, String> given() {
    return given;
  }

  /** Those of {@link #PREDEFINED} that were given: for the environment of what is executed. */
  public Map<String, String> proxies() {
    Map<String, String> proxies = new LinkedHashMap<>();
    for (String name : PREDEFINED) {
      String value = given.get(name);
      if (value != null) {
        proxies.put(name, value);
      }
    }
    return Collections.unmodifiableMap(proxies);
  }

  /** An expansion with these values, for FROM. */
  public Expansion expansion() {
    return new Expansion(escape, Variables.of(values));
  }

  char escape() {
    return escape;
  }
}
