package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import org.jspecify.annotations.Nullable;

/**
 * What overlayfs writes into an upper directory besides files (overlayfs.rst): whiteouts as 0/0
 * devices or as empty files with an attribute, opaque directories, references to other layers.
 */
final class OverlayMarks {
  private final byte[] whiteout;
  private final byte[] opaque;
  private final byte[] redirect;
  private final byte[] metacopy;

  OverlayMarks(WhiteoutStyle style) {
    String prefix = style == WhiteoutStyle.OVERLAY_USERXATTR ? "user.overlay." : "trusted.overlay.";
    whiteout = Trees.bytes(prefix + "whiteout");
    opaque = Trees.bytes(prefix + "opaque");
    redirect = Trees.bytes(prefix + "redirect");
    metacopy = Trees.bytes(prefix + "metacopy");
  }

  boolean isWhiteout(Fd parent, byte[] name, Stat stat) {
    return switch (stat.type()) {
      case Stat.CHARACTER_DEVICE -> stat.deviceMajor() == 0 && stat.deviceMinor() == 0;
      case Stat.FILE -> stat.size() == 0 && Xattrs.get(parent, name, whiteout) != null;
      default -> false;
    };
  }

  /** Whether a directory hides the one below. The value x only announces whiteouts by attribute. */
  boolean isOpaque(Fd parent, byte[] name) {
    byte[] value = Xattrs.get(parent, name, opaque);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  /** Refuses what cannot be read on its own. */
  void requirePlain(RawPath path, Fd parent, byte[] name, Stat stat) {
    byte @Nullable [] mark =
        switch (stat.type()) {
          case Stat.DIRECTORY -> Xattrs.get(parent, name, redirect);
          case Stat.FILE -> Xattrs.get(parent, name, metacopy);
          default -> null;
        };
    if (mark != null) {
      throw new RedirectedException(path);
    }
  }
}
