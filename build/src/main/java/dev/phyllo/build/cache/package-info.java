/** What earlier steps made, by what went into them. */
@org.jspecify.annotations.NullMarked
package dev.phyllo.build.cache;
