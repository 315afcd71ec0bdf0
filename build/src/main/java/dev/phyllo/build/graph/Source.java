package dev.phyllo.build.graph;

import dev.phyllo.oci.Platform;

/** Where a stage begins, or where COPY, ADD and mounts take files from. */
public sealed interface Source {
  /**
   * {@code scratch}: no files.
   *
   * @param platform the platform of what is built on it
   */
  record Scratch(Platform platform) implements Source {}

  /** The build's context. */
  record MainContext() implements Source {}

  /**
   * A named context, as {@code --build-context} gives it.
   *
   * @param name its name as it was given
   * @param platform the platform that is wanted, should it be an image
   */
  record NamedContext(String name, Platform platform) implements Source {}

  /**
   * An image.
   *
   * @param name its name as it is written, after expansion
   * @param platform the platform that is wanted of it
   */
  record Image(String name, Platform platform) implements Source {}

  /**
   * The result of another stage.
   *
   * @param node the stage
   */
  record OfStage(StageNode node) implements Source {}
}
