/** COPY, ADD and WORKDIR as operations on trees, whose result is a layer. */
@org.jspecify.annotations.NullMarked
package dev.phyllo.build.copy;
