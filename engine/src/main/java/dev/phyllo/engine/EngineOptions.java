package dev.phyllo.engine;

import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where and how an engine works.
 *
 * @param root the directory of everything it keeps
 * @param namespace the part of it that is used; namespaces share nothing
 * @param snapshotter how layers lie on disk: {@code overlayfs}
 * @param steps who hears what is done
 * @param layerLimits what a layer may ask of this machine: entries, bytes once decompressed, names
 */
public record EngineOptions(
    Path root, String namespace, String snapshotter, StepListener steps, TarLimits layerLimits) {
  /** The namespace when none is named. */
  public static final String DEFAULT_NAMESPACE = "default";

  /** The snapshotter when none is named. */
  public static final String DEFAULT_SNAPSHOTTER = "overlayfs";

  /** The root directory, and the default of everything else. */
  public static EngineOptions at(Path root) {
    return new EngineOptions(
        root, DEFAULT_NAMESPACE, DEFAULT_SNAPSHOTTER, StepListener.NONE, TarLimits.DEFAULT);
  }

  /** The same, heard by somebody. */
  public EngineOptions withSteps(StepListener listener) {
    return new EngineOptions(root, namespace, snapshotter, listener, layerLimits);
  }

  /** The same with another snapshotter. */
  public EngineOptions withSnapshotter(String name) {
    return new EngineOptions(root, namespace, name, steps, layerLimits);
  }

  /** The same with other bounds on layers, which are untrusted. */
  public EngineOptions withLayerLimits(TarLimits limits) {
    return new EngineOptions(root, namespace, snapshotter, steps, limits);
  }

  /** The same in another namespace. */
  public EngineOptions withNamespace(String name) {
    return new EngineOptions(root, name, snapshotter, steps, layerLimits);
  }

  /**
   * {@code /var/lib/phyllo} for root, {@code $XDG_DATA_HOME/phyllo} (or {@code
   * ~/.local/share/phyllo}) for everybody else.
   */
  public static Path defaultRoot() {
    if (isRoot()) {
      return Path.of("/var/lib/phyllo");
    }
    String data = System.getenv("XDG_DATA_HOME");
    if (data != null && !data.isEmpty()) {
      return Path.of(data).resolve("phyllo");
    }
    // What the user says, not the password file, which is all that user.home knows.
    String home = System.getenv("HOME");
    if (home == null || home.isEmpty()) {
      home = System.getProperty("user.home");
    }
    return Path.of(home, ".local", "share", "phyllo");
  }

  private static boolean isRoot() {
    Path self = Path.of("/proc/self");
    try {
      return Files.exists(self)
          ? Files.getAttribute(self, "unix:uid").equals(0)
          : "root".equals(System.getProperty("user.name"));
    } catch (IOException e) {
      throw new SystemException(self.toString(), e);
    }
  }
}
