/** What a build can copy from: directories, archives, and the names and hashes of their files. */
@org.jspecify.annotations.NullMarked
package dev.phyllo.build.context;
