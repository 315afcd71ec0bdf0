/** The phyllo command. */
package dev.phyllo.cli;
