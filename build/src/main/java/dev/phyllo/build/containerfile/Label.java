package dev.phyllo.build.containerfile;

import java.util.List;

/**
 * {@code LABEL key=value…}: metadata of the image.
 *
 * @param pairs the pairs in order; at least one
 */
public record Label(Origin origin, List<KeyValue> pairs) implements Instruction {
  /** Keeps a copy. */
  public Label {
    pairs = List.copyOf(pairs);
  }

  @Override
  public Label expand(Expansion expansion) {
    return new Label(origin, pairs.stream().map(pair -> pair.expand(origin, expansion)).toList());
  }
}
