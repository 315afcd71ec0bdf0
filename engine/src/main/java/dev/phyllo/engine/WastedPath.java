package dev.phyllo.engine;

import dev.phyllo.layers.RawPath;

/**
 * A file that a layer holds and nobody can see, because a layer above put another in its place or
 * took it away.
 *
 * @param path where it is
 * @param layer the layer that holds it, 0 at the base
 * @param hiddenBy the layer that hides it
 * @param deleted whether it was deleted, and not replaced
 * @param bytes what it takes in its layer's archive before compression
 */
public record WastedPath(RawPath path, int layer, int hiddenBy, boolean deleted, long bytes) {}
