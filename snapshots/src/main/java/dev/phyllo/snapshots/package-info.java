/** Layers on disk: the snapshotters, the unpacker and the applier. */
package dev.phyllo.snapshots;
