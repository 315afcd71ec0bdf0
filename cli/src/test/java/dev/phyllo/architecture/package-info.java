/** Rules over every module's classes, and the proof that each of them can fail. */
@org.jspecify.annotations.NullMarked
package dev.phyllo.architecture;
