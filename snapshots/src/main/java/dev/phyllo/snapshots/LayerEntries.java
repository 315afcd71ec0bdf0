package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.layers.Whiteout;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.InvalidException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Writes changes as the entries of a layer. */
final class LayerEntries implements ChangeVisitor {
  private static final RawPath ROOT = RawPath.of("./");
  private static final RawPath OPAQUE = RawPath.of(".wh..wh..opq");
  private static final byte[] WHITEOUT = Trees.bytes(".wh.");

  private final TarWriter out;
  private final long latestTime;
  private final boolean layer;
  private final int oneStep;
  private final UnaryOperator<TarEntry> edit;

  /** The first name of each file that has several. */
  private final Map<Inode, RawPath> linked = new HashMap<>();

  private long count;

  /**
   * Writes to an archive, which it does not end.
   *
   * @param latestTime no time of modification is later, in seconds since 1970
   * @param layer whether names that begin with .wh. are deletions
   */
  LayerEntries(TarWriter out, long latestTime, boolean layer) {
    this(out, latestTime, layer, UnaryOperator.identity());
  }

  /**
   * The same with a last word on each entry.
   *
   * @param edit changes entries as they are written
   */
  LayerEntries(TarWriter out, long latestTime, boolean layer, UnaryOperator<TarEntry> edit) {
    this(out, latestTime, layer, edit, FileComparison.ONE_STEP);
  }

  /**
   * The same with other rules for opening files.
   *
   * @param oneStep RESOLVE flags of openat2(2), which follow no link
   */
  LayerEntries(
      TarWriter out, long latestTime, boolean layer, UnaryOperator<TarEntry> edit, int oneStep) {
    this.oneStep = oneStep;
    this.edit = edit;
    this.out = out;
    this.latestTime = latestTime;
    this.layer = layer;
  }

  /** How many entries there are so far. */
  long count() {
    return count;
  }

  @Override
  public void present(Change.Kind kind, Place place, boolean opaque) {
    RawPath path = place.path();
    Stat stat = place.is();
    if (layer && isWhiteout(path)) {
      throw new InvalidException(
          path.toString(),
          "a layer cannot hold a file of this name: it would mean a deletion",
          "rename the file");
    }
    if (stat.links() > 1 && !stat.isDirectory()) {
      RawPath first = linked.putIfAbsent(Inode.of(stat), path);
      if (first != null) {
        write(described(place, stat, TarEntry.Type.HARDLINK).linkName(first).build());
        return;
      }
    }
    switch (stat.type()) {
      case Stat.DIRECTORY -> {
        write(described(place, stat, TarEntry.Type.DIRECTORY).build());
        if (opaque) {
          write(mark(path.resolve(OPAQUE)));
        }
      }
      case Stat.FILE -> file(place);
      case Stat.SYMLINK -> {
        byte[] target = FileCalls.readlinkat(place.parent(), place.name());
        write(
            described(place, stat, TarEntry.Type.SYMLINK)
                .mode(0777)
                .linkName(RawPath.of(target))
                .build());
      }
      case Stat.CHARACTER_DEVICE -> device(place, stat, TarEntry.Type.CHARACTER_DEVICE);
      case Stat.BLOCK_DEVICE -> device(place, stat, TarEntry.Type.BLOCK_DEVICE);
      case Stat.FIFO -> write(described(place, stat, TarEntry.Type.FIFO).build());
      default -> {} // a socket
    }
  }

  @Override
  public void deleted(Place place) {
    byte[] name = place.name();
    byte[] whiteout = new byte[WHITEOUT.length + name.length];
    System.arraycopy(WHITEOUT, 0, whiteout, 0, WHITEOUT.length);
    System.arraycopy(name, 0, whiteout, WHITEOUT.length, name.length);
    write(mark(place.path().parent().resolve(RawPath.of(whiteout))));
  }

  private void file(Place place) {
    int flags = Open.RDONLY | Open.NOFOLLOW | Open.NONBLOCK | Open.NOCTTY;
    try (Fd file = FileCalls.openat2(place.parent(), place.name(), flags, 0, oneStep)) {
      Stat stat = FileCalls.statx(file); // the tree may live: what is open is what is described
      if (!stat.isFile()) {
        throw new ConflictException(
            place.path().toString(), "replaced while the layer was made", "stop the container");
      }
      TarEntry entry = described(place, stat, TarEntry.Type.FILE).size(stat.size()).build();
      count++;
      out.entry(edit.apply(entry), new FileContent(file, place.path(), stat.size()));
    }
  }

  private void device(Place place, Stat stat, TarEntry.Type type) {
    write(described(place, stat, type).device(stat.deviceMajor(), stat.deviceMinor()).build());
  }

  private TarEntry.Builder described(Place place, Stat stat, TarEntry.Type type) {
    RawPath name = place.path().isEmpty() ? ROOT : place.path();
    boolean clamped = stat.modifySeconds() >= latestTime;
    TarEntry.Builder entry =
        TarEntry.builder(name, type)
            .mode(stat.permissions())
            .owner(stat.uid(), stat.gid())
            .mtime(clamped ? latestTime : stat.modifySeconds(), clamped ? 0 : stat.modifyNanos());
    if (type != TarEntry.Type.HARDLINK) {
      FileComparison.xattrs(place.parent(), place.name()).forEach(entry::xattr);
    }
    return entry;
  }

  /** A whiteout is nothing but its name; the rest is always the same. */
  private static TarEntry mark(RawPath name) {
    return TarEntry.builder(name, TarEntry.Type.FILE).mode(0600).build();
  }

  private void write(TarEntry entry) {
    count++;
    out.entry(edit.apply(entry));
  }

  private static boolean isWhiteout(RawPath path) {
    try {
      return Whiteout.of(path.name()) != null;
    } catch (InvalidException _) {
      return true; // .wh. alone, which readers refuse
    }
  }

  /** A file whatever its name. */
  record Inode(long fileSystem, long number) {
    static Inode of(Stat stat) {
      return new Inode(stat.fileSystem(), stat.inode());
    }
  }
}
