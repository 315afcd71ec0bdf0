package dev.phyllo.build.copy;

import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import java.util.List;

/**
 * Something to copy.
 *
 * @param name what it is called: the last name of the path that was written or matched
 * @param node what is there, a symbolic link at the end followed
 * @param parents the directories to make for it, with {@code --parents}
 */
public record Match(RawPath name, Node node, List<Parent> parents) {
  /**
   * A directory of the source that is made at the destination, too.
   *
   * @param name its name
   * @param node the directory
   */
  public record Parent(RawPath name, Node node) {}

  /** Keeps a copy. */
  public Match {
    parents = List.copyOf(parents);
  }
}
