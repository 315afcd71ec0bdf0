package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code ARG name[=default]…}: variables that whoever builds may set. Before the first FROM they
 * are for the FROMs; in a stage they hold from there to the stage's end.
 *
 * @param declarations in order; at least one
 */
public record Arg(Origin origin, List<Declaration> declarations) implements Instruction {
  /**
   * One variable.
   *
   * @param name its name
   * @param value its default, with quotes and escapes until it is expanded
   */
  public record Declaration(String name, Optional<String> value) {}

  /** Keeps a copy. */
  public Arg {
    declarations = List.copyOf(declarations);
  }

  /**
   * Replaces the variables of the defaults, all with the same values. {@link Scope} is more exact:
   * it lets a default see the declarations before it, and leaves out one that is overridden.
   */
  @Override
  public Arg expand(Expansion expansion) {
    List<Declaration> expanded = new ArrayList<>();
    for (Declaration declaration : declarations) {
      expanded.add(
          new Declaration(declaration.name(), expansion.optional(origin, declaration.value())));
    }
    return new Arg(origin, expanded);
  }
}
