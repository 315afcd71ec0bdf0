/** Containerfiles become images: parsing, graph, cache, execution. */
package dev.phyllo.build;
