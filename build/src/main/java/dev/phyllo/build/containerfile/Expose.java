package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code EXPOSE port[/protocol]…}: ports on which a container of the image listens.
 *
 * @param ports numbers or ranges such as {@code 7000-7005}, each with a protocol or without; sorted
 */
public record Expose(Origin origin, List<String> ports) implements Instruction {
  /** Keeps a copy. */
  public Expose {
    ports = List.copyOf(ports);
  }

  /** Here a variable may hold several ports: the values are split at their spaces. */
  @Override
  public Expose expand(Expansion expansion) {
    List<String> expanded = new ArrayList<>();
    for (String port : ports) {
      expanded.addAll(expansion.words(origin, port));
    }
    return new Expose(origin, expanded);
  }
}
