package dev.phyllo.snapshots;

/**
 * What becomes of the whiteouts of a layer (image specification, layer.md, "Whiteouts") when it is
 * put on disk.
 */
public enum WhiteoutStyle {
  /**
   * A deleted name becomes a character device 0/0, an opaque directory gets {@code
   * trusted.overlay.opaque=y}: what overlayfs reads (overlayfs.rst, "whiteouts and opaque
   * directories").
   */
  OVERLAY,
  /**
   * The same for an overlay mounted with {@code userxattr} in a user namespace, where {@code
   * trusted.*} cannot be written: {@code user.overlay.opaque=y}. The 0/0 device may be made there
   * since Linux 5.8.
   */
  OVERLAY_USERXATTR,
  /** The tree holds the parents' files as well, and what is whited out is deleted. */
  PLAIN
}
