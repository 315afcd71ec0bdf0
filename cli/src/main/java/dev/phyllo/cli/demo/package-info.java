/** The demonstration: a two-layer image made by hand becomes a running process. */
package dev.phyllo.cli.demo;
