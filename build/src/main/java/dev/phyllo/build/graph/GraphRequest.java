package dev.phyllo.build.graph;

import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.oci.Platform;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is to be built.
 *
 * @param file the Containerfile
 * @param target the stage's name or number; empty for the last
 * @param arguments the build arguments by name
 * @param buildPlatform the platform on which it is built
 * @param platforms the platforms for which it is built, at least one
 * @param contexts the names of named contexts; they stand before stages and images of their name
 * @param triggers the ONBUILD instructions of base images
 */
public record GraphRequest(
    Containerfile file,
    Optional<String> target,
    Map<String, String> arguments,
    Platform buildPlatform,
    List<Platform> platforms,
    Set<String> contexts,
    Triggers triggers) {

  /** Tells which instructions a base image has delayed until it is used. */
  @FunctionalInterface
  public interface Triggers {
    /** No image has any. */
    Triggers NONE = (_, _) -> List.of();

    /**
     * Those of an image.
     *
     * @param image its name, as FROM has it after expansion
     * @param platform the platform that is wanted of it
     * @return the texts, in order; asked for needed stages only
     */
    List<String> of(String image, Platform platform);
  }

  /** Keeps copies. */
  public GraphRequest {
    arguments = Map.copyOf(arguments);
    platforms = List.copyOf(platforms);
    contexts = Set.copyOf(contexts);
    if (platforms.isEmpty()) {
      throw new IllegalArgumentException("no platform");
    }
  }

  /** The last stage, for this machine, without arguments. */
  public static GraphRequest of(Containerfile file) {
    Platform here = Platform.host();
    return new GraphRequest(
        file, Optional.empty(), Map.of(), here, List.of(here), Set.of(), Triggers.NONE);
  }

  /** The same for another stage. */
  public GraphRequest withTarget(String newTarget) {
    return new GraphRequest(
        file, Optional.of(newTarget), arguments, buildPlatform, platforms, contexts, triggers);
  }

  /** The same with other build arguments. */
  public GraphRequest withArguments(Map<String, String> newArguments) {
    return new GraphRequest(
        file, target, newArguments, buildPlatform, platforms, contexts, triggers);
  }

  /** The same for other platforms. */
  public GraphRequest withPlatforms(List<Platform> newPlatforms) {
    return new GraphRequest(
        file, target, arguments, buildPlatform, newPlatforms, contexts, triggers);
  }

  /** The same with other named contexts. */
  public GraphRequest withContexts(Set<String> newContexts) {
    return new GraphRequest(
        file, target, arguments, buildPlatform, platforms, newContexts, triggers);
  }

  /** The same with the ONBUILD instructions of base images. */
  public GraphRequest withTriggers(Triggers newTriggers) {
    return new GraphRequest(
        file, target, arguments, buildPlatform, platforms, contexts, newTriggers);
  }
}
