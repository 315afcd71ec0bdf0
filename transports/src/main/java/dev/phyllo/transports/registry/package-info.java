/** Registries: the OCI distribution specification 1.1 as a client. */
package dev.phyllo.transports.registry;
