package dev.phyllo.build.containerfile;

import java.util.Optional;
import java.util.OptionalLong;

/** A {@code RUN --mount}, by type. Targets are relative to the working directory, or absolute. */
public sealed interface Mount {
  /**
   * {@code type=bind}, the default: files of the context, a stage, an image or a named context.
   *
   * @param from where they come from; empty for the context
   * @param source the path there; empty or {@code /} for all of it
   * @param target where it appears; {@code target}, {@code dst} or {@code destination}
   * @param readOnly whether writing fails; otherwise what is written is dropped after the RUN
   */
  record Bind(Optional<String> from, String source, String target, boolean readOnly)
      implements Mount {}

  /**
   * {@code type=cache}: a directory that outlives the build.
   *
   * @param id which cache; the cleaned target if not said
   * @param target where it appears
   * @param from what it is filled with when it is new
   * @param source the path there
   * @param sharing what happens when two builds want it
   * @param readOnly whether writing fails
   * @param mode its permission bits when it is new; 0755 if not said
   * @param uid its owner when it is new; 0 if not said
   * @param gid its group when it is new; 0 if not said
   */
  record Cache(
      String id,
      String target,
      Optional<String> from,
      String source,
      Sharing sharing,
      boolean readOnly,
      int mode,
      int uid,
      int gid)
      implements Mount {}

  /** Who may use a cache at the same time. */
  enum Sharing {
    /** Everybody; the default. */
    SHARED,
    /** One: the others get a cache of their own. */
    PRIVATE,
    /** One: the others wait. */
    LOCKED
  }

  /**
   * {@code type=tmpfs}: a directory in memory.
   *
   * @param target where it appears
   * @param size how many bytes it may hold, if limited
   */
  record Tmpfs(String target, OptionalLong size) implements Mount {}

  /**
   * {@code type=secret}: a file, a variable, or both, of which no layer and no record knows.
   *
   * @param id which secret: {@code id}, or else {@code source}, or else the last part of the target
   * @param target the file; empty if it is to be a variable only
   * @param env the variable; empty if it is to be a file only
   * @param required whether the build fails without it
   * @param mode the file's permission bits; 0400 if not said
   * @param uid its owner; 0 if not said
   * @param gid its group; 0 if not said
   */
  record Secret(
      String id,
      Optional<String> target,
      Optional<String> env,
      boolean required,
      int mode,
      int uid,
      int gid)
      implements Mount {}

  /**
   * {@code type=ssh}: a socket that leads to an agent of the host.
   *
   * @param id which agent; {@code default} if not said
   * @param target the socket's path, if said
   * @param required whether the build fails without it
   * @param mode the socket's permission bits; 0600 if not said
   * @param uid its owner; 0 if not said
   * @param gid its group; 0 if not said
   */
  record Ssh(String id, Optional<String> target, boolean required, int mode, int uid, int gid)
      implements Mount {}
}
