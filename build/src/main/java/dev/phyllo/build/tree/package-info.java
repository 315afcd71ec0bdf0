/**
 * Trees of files that need no file system: what the layers of a stage say is there, and what a
 * build context holds, in one shape, so that files can be found, compared and copied between them.
 */
@org.jspecify.annotations.NullMarked
package dev.phyllo.build.tree;
