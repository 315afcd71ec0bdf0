package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;

/**
 * An upper directory refers to other layers by overlayfs' {@code redirect} or {@code metacopy}
 * (overlayfs.rst), so that it cannot be read on its own.
 */
final class RedirectedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RedirectedException(RawPath path) {
    super(path.toString(), null, false, false);
  }
}
