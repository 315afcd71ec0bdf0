package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;

/**
 * A process that does nothing but exchange a directory of a layer for a link out of it, until it is
 * killed: what an attacker would do while layers are applied.
 */
final class LinkSwapper {
  private static final int RENAME_EXCHANGE = 2;

  private LinkSwapper() {}

  /** The layer's directory, and what the link points to. */
  public static void main(String[] args) {
    byte[] d = Trees.bytes("d");
    byte[] evil = Trees.bytes("evil");
    byte[] target = Trees.bytes(args[1]);
    try (Fd root = FileCalls.open(args[0], Open.RDONLY | Open.DIRECTORY)) {
      System.out.println("swapping");
      while (true) {
        FileCalls.tryRenameat2(root, d, root, evil, RENAME_EXCHANGE);
        FileCalls.trySymlinkat(target, root, evil);
        FileCalls.tryMkdirat(root, d, 0755);
      }
    }
  }
}
