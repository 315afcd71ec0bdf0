/**
 * How the native entry is made: two instruction listings, an assembler for each, and a writer of
 * ELF shared objects. The build runs {@link dev.phyllo.linux.entry.BuildEntry}; nothing here is
 * used when Phyllo runs.
 */
@org.jspecify.annotations.NullMarked
package dev.phyllo.linux.entry;
