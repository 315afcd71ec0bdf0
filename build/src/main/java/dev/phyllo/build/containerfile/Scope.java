package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the instructions of one stage see, one after the other. {@link #enter} expands an
 * instruction and, if it is ENV or ARG, lets those after it see what it sets.
 *
 * <p>A variable of ENV hides an ARG of the same name, also where the ARG comes later, and also if
 * the ENV is that of the base image (Dockerfile reference, "Using ARG variables"). The value of an
 * ARG is the build argument that was given; or else its default; or else, if it has none, that of
 * the global scope. Not for use by several threads at once.
 */
public final class Scope {
  private final GlobalScope global;
  private final Map<String, String> environment;
  private final Map<String, String> arguments;
  private final Set<String> declared;
  private long held;

  private Scope(
      GlobalScope global,
      Map<String, String> environment,
      Map<String, String> arguments,
      Set<String> declared) {
    this.global = global;
    this.environment = environment;
    this.arguments = arguments;
    this.declared = declared;
  }

  /**
   * An instruction as it is to be done.
   *
   * @param instruction the instruction, expanded
   * @param arguments the ARGs its result may depend on, with their values, by name: for RUN all
   *     that are visible, since its command sees them, otherwise those it mentions
   * @param undefined the variables it mentions that nothing defines
   */
  public record Entered(
      Instruction instruction, Map<String, String> arguments, Set<String> undefined) {}

  /**
   * The scope of a stage on an image.
   *
   * @param global the build's
   * @param environment the image's variables as {@code NAME=value}
   */
  public static Scope of(GlobalScope global, List<String> environment) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        variables.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return new Scope(global, variables, new LinkedHashMap<>(), new LinkedHashSet<>());
  }

  /** The scope of a stage on another stage, which has the ARGs of that too, as it is now. */
  public Scope copy() {
    return new Scope(
        global,
        new LinkedHashMap<>(environment),
        new LinkedHashMap<>(arguments),
        new LinkedHashSet<>(declared));
  }

  /**
   * Expands an instruction and does what it does to the variables.
   *
   * @throws dev.phyllo.oci.InvalidException if a value cannot be expanded
   */
  public Entered enter(Instruction instruction) {
    Expansion expansion = new Expansion(global.escape(), this::value);
    Instruction expanded =
        instruction instanceof Arg arg ? declare(arg, expansion) : instruction.expand(expansion);
    Map<String, String> used = new LinkedHashMap<>();
    if (instruction instanceof Run) {
      used.putAll(arguments());
    } else {
      for (String name : expansion.used()) {
        String value = environment.containsKey(name) ? null : arguments.get(name);
        if (value != null) {
          used.put(name, value);
        }
      }
    }
    Set<String> undefined = new LinkedHashSet<>(expansion.undefined());
    undefined.removeAll(declared);
    if (expanded instanceof Env env) {
      for (KeyValue pair : env.pairs()) {
        hold(instruction, pair.value());
        environment.put(pair.key(), pair.value());
      }
    }
    return new Entered(
        expanded, Collections.unmodifiableMap(used), Collections.unmodifiableSet(undefined));
  }

  /** One declaration after the other, so that a default sees those before it. */
  private Arg declare(Arg arg, Expansion expansion) {
    List<Arg.Declaration> done = new ArrayList<>();
    for (Arg.Declaration declaration : arg.declarations()) {
      String name = declaration.name();
      String value = global.given().get(name);
      if (value == null) {
        value =
            declaration.value().isPresent()
                ? expansion.word(arg.origin(), declaration.value().get())
                : global.values().get(name);
      }
      declared.add(name);
      if (value != null) {
        hold(arg, value);
        arguments.put(name, value);
      }
      done.add(new Arg.Declaration(name, Optional.ofNullable(value)));
    }
    return new Arg(arg.origin(), done);
  }

  /** A stage can set many variables, each to many times the value of the one before. */
  private void hold(Instruction instruction, String value) {
    held += value.length();
    if (held > GlobalScope.MAX_HELD) {
      throw At.invalid(
          instruction.location(), "the variables of the stage are too long together", "");
    }
  }

  private @Nullable String value(String name) {
    String value = environment.get(name);
    return value != null ? value : arguments.get(name);
  }

  /** The image's variables as they are now, in the order in which they were first set. */
  public Map<String, String> environment() {
    return Collections.unmodifiableMap(environment);
  }

  /** The ARGs as they are now, without those an ENV hides, in the order of their declaration. */
  public Map<String, String> arguments() {
    Map<String, String> visible = new LinkedHashMap<>(arguments);
    visible.keySet().removeAll(environment.keySet());
    return Collections.unmodifiableMap(visible);
  }

  /**
   * What an executed command sees: ENV, ARG, and {@linkplain GlobalScope#proxies the predefined
   * variables}, which neither hides.
   */
  public Map<String, String> execution() {
    Map<String, String> all = new LinkedHashMap<>(global.proxies());
    all.putAll(arguments());
    all.putAll(environment);
    return Collections.unmodifiableMap(all);
  }

  /** The names that can be used here: for suggestions. */
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>(environment.keySet());
    names.addAll(declared);
    return names;
  }
}
