package dev.phyllo.engine;

import dev.phyllo.build.ConfigChanges;
import dev.phyllo.build.SourceDate;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.Work;
import dev.phyllo.oci.json.Json;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Ingest;
import dev.phyllo.store.Lease;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Makes a root file system's archive an image of one layer. An archive that is compressed already
 * is kept byte for byte; another is compressed by gzip.
 */
final class Importing {
  private static final int BUFFER = 64 << 10;

  private final Phyllo engine;

  Importing(Phyllo engine) {
    this.engine = engine;
  }

  Made run(ImportRequest request) {
    Optional<Reference> name = request.name().map(Committing::nameOf);
    ProcessConfig process = ConfigChanges.apply(ProcessConfig.EMPTY, request.changes());
    Path source = request.source();
    InputStream in = request.in();
    try (Lease lease = engine.leases().begin()) {
      ContentStore content = engine.content().under(lease);
      MakingImages.Packed layer;
      if (source != null) {
        try (InputStream file = open(source)) {
          layer = Advice.orElse(Advice.TREE, () -> ingest(content, file, source.toString()));
        } catch (IOException e) {
          throw new SystemException(source.toString(), e);
        }
      } else if (in != null) {
        layer = Advice.orElse(Advice.TREE, () -> ingest(content, in, "standard input"));
      } else {
        throw new UsageException("import", "neither a source nor a stream", "give one of them");
      }
      String from = source == null ? "-" : source.toString();
      ImageConfig config = config(request, process, layer.diffId(), from);
      return MakingImages.make(engine, lease, name, config, List.of(layer.blob()));
    }
  }

  private static InputStream open(Path source) throws IOException {
    try {
      return Files.newInputStream(source);
    } catch (NoSuchFileException e) {
      throw new NotFoundException(
          source.toString(), "no such file", "check the path; - is standard input", e);
    }
  }

  /** Copies the archive into the store, having read it as one, and learns its diffID. */
  private static MakingImages.Packed ingest(ContentStore content, InputStream in, String thing) {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    Compression compression = Compression.detect(buffered);
    try (Ingest ingest = content.begin(Digest.Algorithm.SHA256);
        Work work = content.watch(Work.Kind.RECEIVE, thing, Work.UNKNOWN)) {
      Compression stored = compression == Compression.NONE ? Compression.GZIP : compression;
      long entries = 0;
      Digest diffId;
      try (OutputStream out =
              compression == Compression.NONE ? stored.compress(ingest.out()) : ingest.out();
          LayerReader archive =
              LayerReader.open(new Copying(work.count(buffered), out), TarLimits.DEFAULT, thing)) {
        while (archive.tar().next() != null) {
          entries++;
        }
        diffId = archive.finish();
        work.done();
      } catch (IOException e) {
        throw new SystemException(thing, e);
      }
      Descriptor blob = ingest.commit(stored.layerMediaType(), Optional.empty(), Optional.empty());
      return new MakingImages.Packed(blob, diffId, entries);
    }
  }

  private static ImageConfig config(
      ImportRequest request, ProcessConfig process, Digest diffId, String from) {
    String created = MakingImages.created(SourceDate.fromEnvironment());
    History history =
        new History(
            Optional.of(created),
            Optional.empty(),
            Optional.empty(),
            Optional.of(request.message().orElse("Imported from " + from)),
            false,
            Json.Obj.EMPTY);
    return new ImageConfig(
        request.platform(),
        Optional.of(created),
        Optional.empty(),
        process,
        List.of(diffId),
        List.of(history),
        Json.Obj.EMPTY);
  }

  /** Writes down everything that is read. */
  private static final class Copying extends FilterInputStream {
    private final OutputStream copy;

    Copying(InputStream in, OutputStream copy) {
      super(in);
      this.copy = copy;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      if (b >= 0) {
        copy.write(b);
      }
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = super.read(into, offset, length);
      if (n > 0) {
        copy.write(into, offset, n);
      }
      return n;
    }

    @Override
    public long skip(long wanted) throws IOException {
      return readNBytes((int) Math.min(wanted, BUFFER)).length;
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    /** Leaves the stream open: it is the caller's. */
    @Override
    public void close() {}
  }
}
