package dev.phyllo.build.containerfile;

import java.util.List;

/**
 * {@code ENV key=value…}: variables of the image and of what is executed from here on.
 *
 * @param pairs the pairs in order; at least one
 */
public record Env(Origin origin, List<KeyValue> pairs) implements Instruction {
  /** Keeps a copy. */
  public Env {
    pairs = List.copyOf(pairs);
  }

  @Override
  public Env expand(Expansion expansion) {
    return new Env(origin, pairs.stream().map(pair -> pair.expand(origin, expansion)).toList());
  }
}
