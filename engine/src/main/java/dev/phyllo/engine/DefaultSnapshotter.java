package dev.phyllo.engine;

import dev.phyllo.linux.Ids;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.OverlayProbe;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The snapshotter of a store when none is named. For root it is overlayfs. Whether an ordinary user
 * can have overlays depends on the kernel and on the store's file system: it is tried once, and the
 * file {@code snapshotter} in the store's root keeps the answer, so that later calls, which may be
 * outside the user namespace, look for the same snapshots.
 */
public final class DefaultSnapshotter {
  private static final String FILE = "snapshotter";
  private static final String NATIVE = "native";

  private DefaultSnapshotter() {}

  /**
   * The name of the snapshotter for a store.
   *
   * @param notice hears, once in the store's life, why it is not overlayfs
   */
  public static String of(Path root, Consumer<String> notice) {
    if (!Linux.isSupported()) {
      return EngineOptions.DEFAULT_SNAPSHOTTER;
    }
    boolean inside = UserNamespace.current().isNested();
    if (!inside && Ids.isRoot()) {
      return EngineOptions.DEFAULT_SNAPSHOTTER;
    }
    String known = read(root.resolve(FILE));
    if (known.startsWith(NATIVE)) {
      return NATIVE;
    }
    if (!known.isEmpty() || !inside || !Ids.isRoot()) {
      return EngineOptions.DEFAULT_SNAPSHOTTER;
    }
    DurableFiles.createDirectories(root);
    Optional<String> obstacle = OverlayProbe.obstacle(root);
    String name = obstacle.isPresent() ? NATIVE : EngineOptions.DEFAULT_SNAPSHOTTER;
    String text = name + obstacle.map(why -> " " + why).orElse("") + "\n";
    DurableFiles.replace(root.resolve(FILE), text.getBytes(StandardCharsets.UTF_8), false);
    if (obstacle.isPresent()) {
      notice.accept(
          "layers are kept as plain copies (snapshotter native), for overlays cannot be mounted"
              + " here: "
              + obstacle.get());
    }
    return name;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }
}
