package dev.phyllo.build.containerfile;

/**
 * Where something stands in a Containerfile.
 *
 * @param file the file's name as the user knows it
 * @param firstLine its first line, counted from 1
 * @param lastLine its last line, heredocs included
 * @param column the column in {@code firstLine} it begins at, counted from 1 in characters
 */
public record Location(String file, int firstLine, int lastLine, int column) {
  /** {@code file:line:column}, as compilers write it. */
  @Override
  public String toString() {
    return file + ":" + firstLine + ":" + column;
  }
}
