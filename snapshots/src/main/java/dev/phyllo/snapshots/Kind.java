package dev.phyllo.snapshots;

/** What a snapshot can be used for. */
public enum Kind {
  /** Writable; becomes a committed snapshot or is removed. Never a parent. */
  ACTIVE,
  /** Immutable; can be a parent. */
  COMMITTED,
  /** A read-only look at a committed snapshot; can only be removed. */
  VIEW;

  /** The name in lower case, as records and listings write it. */
  public String label() {
    return switch (this) {
      case ACTIVE -> "active";
      case COMMITTED -> "committed";
      case VIEW -> "view";
    };
  }
}
