/** Volumes: directories that the engine keeps for containers, and that outlive them. */
package dev.phyllo.containers.volumes;
