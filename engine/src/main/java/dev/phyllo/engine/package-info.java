/**
 * The public face of the engine: what library users import.
 *
 * <p>Begin with {@link dev.phyllo.engine.Phyllo}. What is asked of it is a request, made with what
 * must be said and changed by what may be; what comes back is a record. Errors are of one family,
 * {@link dev.phyllo.oci.PhylloException}. Sizes are bytes and times milliseconds since 1970 unless
 * a name says otherwise.
 */
package dev.phyllo.engine;
