/**
 * Programs of this machine made into a file tree that needs nothing else: the program, the shared
 * libraries and loader it needs, and every symbolic link on the way to them.
 */
package dev.phyllo.engine.pack;
