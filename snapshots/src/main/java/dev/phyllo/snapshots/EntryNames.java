package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import java.util.ArrayList;
import java.util.List;

/** Names of archive entries, made relative to the layer's root by their text alone. */
final class EntryNames {
  private static final RawPath DOT_DOT = RawPath.of("..");

  private EntryNames() {}

  /**
   * The name as if the layer's root were the root of everything: {@code etc/passwd} for {@code
   * ./etc/passwd}, {@code /etc//passwd} and {@code ../../etc/x/../passwd}; empty for the root
   * itself.
   *
   * <p>A {@code ..} removes the component before it, whatever that is on disk, and does nothing at
   * the root. This is how containerd reads names, so that an archive means the same here.
   */
  static RawPath clean(RawPath name) {
    RawPath clean = name.clean();
    if (!clean.hasDotDot()) {
      return clean;
    }
    List<RawPath> kept = new ArrayList<>();
    for (RawPath c : clean.components()) {
      if (!isDotDot(c)) {
        kept.add(c);
      } else if (!kept.isEmpty()) {
        kept.removeLast();
      }
    }
    RawPath result = RawPath.EMPTY;
    for (RawPath c : kept) {
      result = result.resolve(c);
    }
    return result;
  }

  static boolean isDotDot(RawPath component) {
    return component.equals(DOT_DOT);
  }
}
