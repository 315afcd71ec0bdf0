package dev.phyllo.build.tree;

import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.ContentStore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes files of layers readable in any order: each layer is read once from its beginning, and the
 * contents that are wanted go to a temporary file. Contents that can be opened anyway are opened.
 */
public final class ContentSpool implements AutoCloseable {
  private record Place(Digest diffId, int ordinal) {}

  private final ContentStore store;
  private final TarLimits limits;
  private final Path directory;
  private final Map<Place, long[]> places = new HashMap<>();
  private @Nullable Path file;

  /**
   * A spool with nothing in it.
   *
   * @param directory where the temporary file is made
   */
  public ContentSpool(ContentStore store, TarLimits limits, Path directory) {
    this.store = store;
    this.limits = limits;
    this.directory = directory;
  }

  /** Brings what is needed for {@link #open}, layer by layer. */
  public void prepare(Collection<Content> contents) {
    Map<Layer, Set<Integer>> wanted = new LinkedHashMap<>();
    for (Content content : contents) {
      if (content instanceof LayerContent c
          && !places.containsKey(new Place(c.layer().diffId(), c.ordinal()))) {
        wanted.computeIfAbsent(c.layer(), _ -> new TreeSet<>()).add(c.ordinal());
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    try {
      Path target = file;
      if (target == null) {
        target = Files.createTempFile(directory, "spool-", "");
        file = target;
      }
      long at = Files.size(target);
      try (OutputStream out =
          Files.newOutputStream(target, java.nio.file.StandardOpenOption.APPEND)) {
        for (Map.Entry<Layer, Set<Integer>> layer : wanted.entrySet()) {
          at = spool(layer.getKey(), layer.getValue(), out, at);
        }
      }
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  private long spool(Layer layer, Set<Integer> wanted, OutputStream out, long start)
      throws IOException {
    String thing = layer.blob().digest().toString();
    long at = start;
    int last = wanted.stream().mapToInt(Integer::intValue).max().orElse(-1);
    try (InputStream in = store.open(layer.blob().digest());
        LayerReader reader = LayerReader.open(in, limits, thing)) {
      int ordinal = 0;
      for (TarEntry e = reader.tar().next();
          e != null && ordinal <= last;
          e = reader.tar().next(), ordinal++) {
        if (wanted.contains(ordinal)) {
          long length = reader.tar().content().transferTo(out);
          places.put(new Place(layer.diffId(), ordinal), new long[] {at, length});
          at += length;
        }
      }
    }
    return at;
  }

  /** The bytes of a content; of a layer's only after {@link #prepare}. */
  public InputStream open(Content content) {
    if (!(content instanceof LayerContent c)) {
      return content.open();
    }
    long[] place = places.get(new Place(c.layer().diffId(), c.ordinal()));
    Path spooled = file;
    if (place == null || spooled == null) {
      throw new IllegalStateException("not prepared: " + c);
    }
    try {
      FileChannel channel = FileChannel.open(spooled);
      channel.position(place[0]);
      return new LimitedStream(
          new BufferedInputStream(Channels.newInputStream(channel), 64 << 10), place[1]);
    } catch (IOException e) {
      throw new SystemException(spooled.toString(), e);
    }
  }

  @Override
  public void close() {
    Path spooled = file;
    if (spooled != null) {
      try {
        Files.deleteIfExists(spooled);
      } catch (IOException e) {
        throw new SystemException(spooled.toString(), e);
      }
    }
  }
}
