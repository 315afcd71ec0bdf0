/**
 * The layer as a stream of entries: tar in and out, compression, whiteout rules. It never touches a
 * file system.
 *
 * <p>Reading, from the blob down: {@link dev.phyllo.layers.LayerReader} detects the {@link
 * dev.phyllo.layers.Compression} and hashes what comes out of it; {@link
 * dev.phyllo.layers.TarReader} makes {@link dev.phyllo.layers.TarEntry entries} of it; {@link
 * dev.phyllo.layers.Whiteout} says which of them delete something. To learn the tar format, read
 * TarHeader (one block), PaxRecords (what overrides it), SparseMap (files with holes) and then
 * TarReader, which puts them together. Writing is {@link dev.phyllo.layers.TarWriter}.
 */
package dev.phyllo.layers;
