/**
 * What of a build's context is left out: {@code .dockerignore} and {@code .containerignore}, with
 * the patterns that docker's tools understand. Works on names alone; nothing here reads a
 * directory.
 */
@org.jspecify.annotations.NullMarked
package dev.phyllo.build.ignore;
