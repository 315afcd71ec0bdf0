/**
 * The layer as a stream of entries: tar in and out, compression, whiteout rules. It never touches a
 * file system.
 */
package dev.phyllo.layers;
