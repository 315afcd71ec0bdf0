/**
 * Networks of containers, set up by CNI plugins (Container Network Interface specification 1.0).
 * This package is the runtime of that specification; it knows nothing of containers but their ids.
 */
package dev.phyllo.containers.networks;
