package dev.phyllo.engine;

import java.util.List;
import java.util.Optional;

/**
 * What to make an image of.
 *
 * @param container the container's name or id
 * @param name the new image's name; without one only its id finds it
 * @param changes Containerfile instructions for its config, such as {@code ENV A=B}
 * @param author who made it
 * @param message what for
 */
public record CommitRequest(
    String container,
    Optional<String> name,
    List<String> changes,
    Optional<String> author,
    Optional<String> message) {

  /** Keeps a copy. */
  public CommitRequest {
    changes = List.copyOf(changes);
  }

  /** A container's changes under a name, and nothing else. */
  public static CommitRequest of(String container, String name) {
    return new CommitRequest(
        container, Optional.of(name), List.of(), Optional.empty(), Optional.empty());
  }

  /** The same with instructions. */
  public CommitRequest withChanges(List<String> instructions) {
    return new CommitRequest(container, name, instructions, author, message);
  }
}
