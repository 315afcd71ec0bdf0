/** Images made of directories by a program, on any system. */
package dev.phyllo.transports.builder;
