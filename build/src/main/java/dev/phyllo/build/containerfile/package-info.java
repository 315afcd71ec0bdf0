/**
 * Containerfiles as data: the text becomes {@link dev.phyllo.build.containerfile.Containerfile
 * stages of instructions}, one record per instruction, with every flag a typed field. Nothing here
 * touches a file, a store or a kernel.
 *
 * <p>The language is that of the Dockerfile reference, syntax 1.x. The three steps are apart:
 * {@link dev.phyllo.build.containerfile.Containerfile#parse(byte[], String) parsing}, which needs
 * the text only; {@link dev.phyllo.build.containerfile.Instruction#expand expansion} of the
 * variables in one instruction; and {@link dev.phyllo.build.containerfile.Scope scoping}, which
 * says what ARG and ENV make visible where.
 */
@org.jspecify.annotations.NullMarked
package dev.phyllo.build.containerfile;
