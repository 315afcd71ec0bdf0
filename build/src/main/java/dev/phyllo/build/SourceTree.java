package dev.phyllo.build;

import dev.phyllo.build.tree.FileTree;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Something to copy from.
 *
 * @param where what errors call it
 * @param tree its files; asked for only when they matter
 * @param identity what identifies all of it without looking at its files; nothing for a directory
 *     of this machine
 * @param pinned whether it is a build context, whose times do not count in a reproducible build
 */
record SourceTree(
    String where, Supplier<FileTree> tree, Optional<String> identity, boolean pinned) {}
