package dev.phyllo.build;

import dev.phyllo.build.context.PathFilter;
import dev.phyllo.build.ignore.Ignore;
import dev.phyllo.build.ignore.IgnoreFile;
import java.util.List;

/** Patterns as {@code .dockerignore} has them, as a filter of a tree. */
record Excludes(Ignore ignore) implements PathFilter {
  /** The patterns of {@code --exclude}. */
  static PathFilter of(List<String> patterns) {
    return filter(Ignore.of(patterns));
  }

  /** What an ignore file leaves out. */
  static PathFilter file(byte[] bytes, String name) {
    return filter(IgnoreFile.parse(bytes, name));
  }

  private static PathFilter filter(Ignore ignore) {
    return ignore.isEmpty() ? PathFilter.NONE : new Excludes(ignore);
  }

  @Override
  public boolean excludes(String path) {
    return ignore.excludes(path);
  }

  @Override
  public boolean hasExceptions() {
    return ignore.hasExceptions();
  }

  @Override
  public boolean prunes(String path) {
    return ignore.prunes(path);
  }
}
