/** JSON as immutable values, read with bounds and written deterministically. */
package dev.phyllo.oci.json;
