package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;

/**
 * An image that has been pulled.
 *
 * @param name its full name
 * @param digest what the registry's tag stands for: an index, or the manifest itself
 * @param target what the name points to here: the manifest for the platform, or the index if all
 *     platforms were asked for
 * @param layers how many layers the image for the platform has
 * @param isNew whether the name points to something else than before
 */
public record Pulled(String name, Digest digest, Descriptor target, int layers, boolean isNew) {}
