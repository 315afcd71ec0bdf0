/**
 * What a build has to do: which stages its target needs, what each takes from which, and which
 * steps are the same. Decided from the text and the arguments alone, before anything is fetched or
 * executed.
 */
@org.jspecify.annotations.NullMarked
package dev.phyllo.build.graph;
