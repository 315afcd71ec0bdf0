/** Container life, from a run specification to an exit status. */
package dev.phyllo.containers;
