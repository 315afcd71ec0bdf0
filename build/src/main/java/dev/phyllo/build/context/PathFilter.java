package dev.phyllo.build.context;

/** Which paths are left out, as a {@code .dockerignore} file or {@code --exclude} says. */
public interface PathFilter {
  /** Leaves nothing out. */
  PathFilter NONE =
      new PathFilter() {
        @Override
        public boolean excludes(String path) {
          return false;
        }

        @Override
        public boolean hasExceptions() {
          return false;
        }
      };

  /** Whether a path, relative and with slashes, is left out; a parent may be as well. */
  boolean excludes(String path);

  /** Whether something below a directory that is left out may be wanted all the same. */
  boolean hasExceptions();

  /** Whether a path is left out, and nothing that is or may be below it can be wanted. */
  default boolean prunes(String path) {
    return excludes(path) && !hasExceptions();
  }
}
