package dev.phyllo.build.copy;

import dev.phyllo.build.context.PathFilter;
import java.util.Optional;

/**
 * How to copy.
 *
 * @param owner whom everything shall belong to; if not said, what is copied keeps its owner and new
 *     directories are root's
 * @param chmod which permissions files and directories shall have, if not their own
 * @param excludes what is left out, relative to each source
 * @param parents whether the sources' parent directories are kept
 * @param pinned whether the source is a build context, see {@link Times}
 */
public record CopyOptions(
    Optional<Owner> owner,
    Optional<ModeChange> chmod,
    PathFilter excludes,
    boolean parents,
    boolean pinned) {}
