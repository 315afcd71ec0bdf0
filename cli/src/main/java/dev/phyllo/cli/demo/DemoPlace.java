package dev.phyllo.cli.demo;

import dev.phyllo.containers.Container;
import dev.phyllo.engine.EngineOptions;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where the demonstration works: a temporary directory, and a namespace of its own in the engine's
 * root. Closing it removes both, and the root too if there was none before.
 */
final class DemoPlace implements AutoCloseable {
  private final Path directory;
  private final Phyllo engine;
  private final Path namespace;
  private final boolean rootWasThere;
  private final boolean kept;
  private final Thread atExit = new Thread(this::erase, "demo-cleanup");
  private boolean closed;

  private DemoPlace(Path directory, Phyllo engine, boolean rootWasThere, boolean kept) {
    this.directory = directory;
    this.engine = engine;
    this.namespace = namespace(engine.options().root(), engine.options().namespace());
    this.rootWasThere = rootWasThere;
    this.kept = kept;
  }

  /**
   * Chooses a namespace that does not exist yet.
   *
   * @param options the engine's root, snapshotter and listener
   * @param keep whether everything is to stay
   */
  static DemoPlace open(EngineOptions options, boolean keep) {
    String name = "demo";
    for (int i = 2; Files.exists(namespace(options.root(), name)); i++) {
      name = "demo-" + i;
    }
    boolean rootWasThere = Files.exists(options.root());
    Path directory = temporaryDirectory();
    Phyllo engine = Phyllo.open(options.withNamespace(name));
    DemoPlace place = new DemoPlace(directory, engine, rootWasThere, keep);
    if (!keep) {
      // Ctrl-C ends the JVM by its hooks.
      Runtime.getRuntime().addShutdownHook(place.atExit);
    }
    return place;
  }

  /** One whose name is short enough to be read and typed, and which nobody else may enter. */
  private static Path temporaryDirectory() {
    Path parent = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    SecureRandom random = new SecureRandom();
    for (int attempt = 0; ; attempt++) {
      Path directory = parent.resolve("phyllo-demo-" + (1000 + random.nextInt(9000)));
      try {
        return Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (IOException e) {
        if (!(e instanceof FileAlreadyExistsException) || attempt == 100) {
          throw new SystemException(directory.toString(), e);
        }
      }
    }
  }

  private static Path namespace(Path root, String name) {
    return root.resolve("ns").resolve(name);
  }

  Path directory() {
    return directory;
  }

  Phyllo engine() {
    return engine;
  }

  /** The directory of the namespace. */
  Path namespace() {
    return namespace;
  }

  boolean isKept() {
    return kept;
  }

  /** The command that makes a layer of one of the trees, in the directory one is in. */
  String layerCommand(String name, long seconds) {
    return "phyllo layer create --mtime "
        + seconds
        + " "
        + directory.resolve(name)
        + " -o "
        + name
        + ".tar.gz";
  }

  /** The words before a command that works here. */
  String command() {
    EngineOptions options = engine.options();
    String root =
        options.root().equals(EngineOptions.defaultRoot()) ? "" : "--root " + options.root() + " ";
    return "phyllo " + root + "-n " + options.namespace() + " ";
  }

  /**
   * Removes everything by the ways an ordinary user has: the container, then the images with what
   * only they needed.
   */
  void remove(Container container, String... images) {
    engine.containers().remove(container);
    for (String image : images) {
      engine.remove(image, false);
    }
  }

  /** Removes what is still there. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!kept) {
      erase();
      try {
        Runtime.getRuntime().removeShutdownHook(atExit);
      } catch (IllegalStateException _) {
        // The hooks are running already.
      }
    }
  }

  private void erase() {
    try {
      delete(directory);
      delete(namespace);
      if (!rootWasThere) {
        Files.deleteIfExists(namespace.getParent());
        Files.deleteIfExists(engine.options().root());
      }
    } catch (IOException | PhylloException e) {
      System.err.println("phyllo: demo could not remove everything: " + e);
    }
  }

  private static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
