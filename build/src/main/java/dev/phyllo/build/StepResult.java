package dev.phyllo.build;

import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.tree.FileTree;
import org.jspecify.annotations.Nullable;

/**
 * What a step did.
 *
 * @param record what it made
 * @param after the tree afterwards, where it is at hand
 */
record StepResult(StepRecord record, @Nullable FileTree after) {}
