package dev.phyllo.containers;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Ids;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.PlaceArchive;
import dev.phyllo.snapshots.TreeExtraction;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Copies files between the host and containers, running or not, by docker's rules: a source whose
 * path ends in {@code /.} is its content; a destination that is a directory gets the source in it,
 * one that is not there becomes it. All goes through a tar stream, whose other end can also be the
 * caller's.
 */
public final class ContainerCopy {
  private static final int PIPE = 1 << 18;

  private final Containers containers;

  /** Copies from and to these containers. */
  public ContainerCopy(Containers containers) {
    this.containers = containers;
  }

  /**
   * How a copy is made.
   *
   * @param keepOwners whether what is made belongs to whom it belonged; otherwise it is root's in a
   *     container, and the caller's on the host
   * @param follow whether a source that is a link is what it leads to
   */
  public record Options(boolean keepOwners, boolean follow) {}

  /** Writes what is at a path of a container as a tar archive. */
  public void read(Container c, String path, OutputStream out, Options options) {
    try (ContainerRoot root = containers.root(c);
        CopyPlace place = CopyPlace.inRoot(root.fd(), path, options.follow())) {
      write(place.required(c.name() + ":" + path), place.sourceName(), out, root.owners());
    }
  }

  /**
   * Extracts a tar archive into a directory of a container.
   *
   * @return the bytes of the archive
   * @throws NotFoundException if there is no such directory
   */
  public long write(Container c, String path, InputStream in, Options options) {
    try (ContainerRoot root = containers.root(c);
        CopyPlace place = CopyPlace.inRoot(root.fd(), path, true)) {
      if (!place.required(c.name() + ":" + path).isDirectory()) {
        throw new InvalidException(
            c.name() + ":" + path, "not a directory", "an archive is extracted into a directory");
      }
      CountingInputStream counted = new CountingInputStream(in);
      extract(root.fd(), place.path(), counted, options, false, root.owners());
      return counted.count();
    }
  }

  /**
   * Copies from a container to the host.
   *
   * @return how many bytes went over, as an archive
   */
  public long fromContainer(Container c, String source, String destination, Options options) {
    String thing = c.name() + ":" + source;
    try (ContainerRoot root = containers.root(c);
        CopyPlace from = CopyPlace.inRoot(root.fd(), source, options.follow());
        CopyPlace to = CopyPlace.onHost(destination, true)) {
      from.required(thing);
      CopyPlace.Target target = to.target(from, destination);
      try (Fd directory =
          FileCalls.openat2(
              to.parentOf(target), RootMount.bytes("."), Open.RDONLY | Open.DIRECTORY, 0, 0)) {
        return through(from, target.name(), directory, RawPath.EMPTY, options, true, root.owners());
      }
    }
  }

  /**
   * Copies from the host to a container.
   *
   * @return how many bytes went over, as an archive
   */
  public long toContainer(String source, Container c, String destination, Options options) {
    try (ContainerRoot root = containers.root(c);
        CopyPlace from = CopyPlace.onHost(source, options.follow());
        CopyPlace to = CopyPlace.inRoot(root.fd(), destination, true)) {
      from.required(source);
      CopyPlace.Target target = to.target(from, c.name() + ":" + destination);
      return through(
          from, target.name(), root.fd(), target.directory(), options, false, root.owners());
    }
  }

  /** One thread packs, this one unpacks; the first failure on either side is the copy's. */
  @SuppressWarnings("try") // closed early: a packer that waits for room sees that nobody reads
  private static long through(
      CopyPlace from,
      RawPath name,
      Fd root,
      RawPath directory,
      Options options,
      boolean toHost,
      @Nullable RootOwners owners) {
    PhylloException[] failure = new PhylloException[1];
    try (PipedInputStream in = new PipedInputStream(PIPE)) {
      PipedOutputStream out = new PipedOutputStream(in);
      Thread packer =
          Thread.ofPlatform()
              .daemon()
              .name("copy")
              .start(() -> {
                try (out) {
                  write(from, name, out, toHost ? owners : null);
                } catch (PhylloException e) {
                  failure[0] = e;
                } catch (IOException _) {
                  // The other side gave up, and says why.
                }
              });
      CountingInputStream counted = new CountingInputStream(in);
      PhylloException unpacking = null;
      try {
        extract(root, directory, counted, options, toHost, toHost ? null : owners);
      } catch (PhylloException e) {
        unpacking = e;
      }
      in.close();
      packer.join();
      if (failure[0] != null && (unpacking == null || !isBrokenPipe(failure[0]))) {
        throw failure[0];
      }
      if (unpacking != null) {
        throw unpacking;
      }
      return counted.count();
    } catch (IOException e) {
      throw new SystemException("copy", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException("copy", "interrupted", "", e);
    }
  }

  private static boolean isBrokenPipe(PhylloException e) {
    return e.getCause() instanceof IOException;
  }

  private static void write(
      CopyPlace place, RawPath name, OutputStream out, @Nullable RootOwners owners) {
    TarWriter tar = new TarWriter(out);
    UnaryOperator<TarEntry> edit = owners == null ? UnaryOperator.identity() : owners::toInside;
    new PlaceArchive(tar, edit).write(place.parent(), place.name(), name);
    tar.finish();
  }

  private static void extract(
      Fd root,
      RawPath directory,
      InputStream in,
      Options options,
      boolean toHost,
      @Nullable RootOwners owners) {
    long uid = options.keepOwners() ? -1 : toHost ? Ids.effectiveUid() : 0;
    long gid = options.keepOwners() ? -1 : toHost ? Ids.effectiveGid() : 0;
    TarReader tar = new TarReader(in, TarLimits.DEFAULT, "the archive");
    if (owners == null) {
      new TreeExtraction(root, directory, uid, gid).extract(tar);
    } else {
      TreeExtraction extraction = new TreeExtraction(root, directory, uid, gid, owners::toOutside);
      long _ = owners.<Long>asRoot(() -> extraction.extract(tar));
    }
  }

  /** Counts what is read. */
  private static final class CountingInputStream extends FilterInputStream {
    private long count;

    CountingInputStream(InputStream in) {
      super(in);
    }

    long count() {
      return count;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int n = in.read(to, offset, length);
      count += Math.max(n, 0);
      return n;
    }
  }

  /** A path of the host, whatever the working directory is. */
  static String absolute(String path) {
    String whole = Path.of(path).toAbsolutePath().toString();
    boolean slash = path.endsWith("/") && !whole.endsWith("/");
    boolean dot = path.equals(".") || path.endsWith("/.");
    return dot && !whole.endsWith("/.") ? whole + "/." : slash ? whole + "/" : whole;
  }
}
