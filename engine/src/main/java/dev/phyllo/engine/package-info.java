/** The public face of the engine: what library users import. */
package dev.phyllo.engine;
