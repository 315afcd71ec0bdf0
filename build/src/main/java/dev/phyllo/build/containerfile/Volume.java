package dev.phyllo.build.containerfile;

import java.util.List;

/**
 * {@code VOLUME path…}: directories whose content should outlive a container.
 *
 * @param paths the directories; at least one, none blank
 */
public record Volume(Origin origin, List<String> paths) implements Instruction {
  /** Keeps a copy. */
  public Volume {
    paths = List.copyOf(paths);
  }

  @Override
  public Volume expand(Expansion expansion) {
    return new Volume(origin, expansion.each(origin, paths));
  }
}
