package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.store.ContentStore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Takes images out of archives and directories into a content store.
 *
 * <p>What it reads, and finds out by itself: an OCI image layout (image-layout.md) as a directory
 * or in a tar archive; what {@code docker save} writes, before and since version 25 (Docker image
 * specification v1.2); skopeo's and podman's {@code docker-archive}, {@code oci-archive} and {@code
 * dir}. An archive may be compressed with gzip or zstd, and may come from a pipe: it is then read
 * once, from start to end. An uncompressed archive in a file is not copied: its headers are
 * scanned, and each blob goes from its place in the archive into the store.
 *
 * <p>Sources are untrusted. Every digest, size and diffID is verified, every document and archive
 * is bounded ({@link LoadLimits}), names from an archive are only looked up in it. Nothing becomes
 * visible in the store before everything is verified, and nothing stays of a load that fails.
 *
 * <p>The images have no names in the store afterwards; giving them is left to whoever has unpacked
 * them. Until then a lease keeps what came in, if the store is {@linkplain ContentStore#under
 * under} one.
 */
public final class ImageLoader {
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z'};
  private static final byte[] BZIP2 = {'B', 'Z', 'h'};
  private static final int BUFFER = 256 << 10;

  private final ContentStore content;
  private final StepListener steps;

  /**
   * A loader.
   *
   * @param content where the images go
   * @param steps hears which kind each source is and what its images are called
   */
  public ImageLoader(ContentStore content, StepListener steps) {
    this.content = content;
    this.steps = steps;
  }

  /**
   * Loads the images of an archive or a directory.
   *
   * @return the images, in the source's order
   * @throws NotFoundException if there is no such file, or a blob is missing in it
   * @throws InvalidException if it is not an image source, or malformed, or over a limit
   * @throws dev.phyllo.oci.CorruptException if bytes are not what a digest, size or diffID says
   * @throws UnsupportedException if it is of a kind or for a platform that cannot be loaded
   */
  public List<LoadedImage> load(Path source, LoadOptions options) {
    String thing = source.toString();
    if (Files.isDirectory(source)) {
      return load(_ -> new DirectoryFiles(source), thing, options);
    }
    if (!Files.isRegularFile(source)) {
      if (!Files.exists(source)) {
        throw new NotFoundException(thing, "no such file or directory", "check the path");
      }
      // A pipe, or /dev/stdin.
      try (InputStream in = Files.newInputStream(source)) {
        return load(in, thing, options);
      } catch (IOException e) {
        throw new SystemException(thing, e);
      }
    }
    return load(ingestion -> open(source, thing, ingestion, options), thing, options);
  }

  /**
   * Loads the images of an archive that is read once, from start to end.
   *
   * @param archive the archive; not closed
   * @param thing what it is, for error messages, such as {@code stdin}
   * @return the images, in the archive's order
   * @see #load(Path, LoadOptions)
   */
  public List<LoadedImage> load(InputStream archive, String thing, LoadOptions options) {
    return load(ingestion -> spool(archive, thing, ingestion, options), thing, options);
  }

  @FunctionalInterface
  private interface Opening {
    ImageFiles open(Ingestion ingestion);
  }

  private List<LoadedImage> load(Opening opening, String thing, LoadOptions options) {
    ImageNames names = new ImageNames(options.baseName());
    try (Ingestion ingestion = new Ingestion(content, options);
        ImageFiles files = opening.open(ingestion)) {
      ImageContents contents = ImageContents.read(files);
      report("detect", thing, Map.of("kind", contents.kind()));
      ImageGraph graph = new ImageGraph(contents, ingestion, options);
      List<LoadedImage> images = new ArrayList<>();
      for (ImageSelection.Selected selected :
          new ImageSelection(contents, names, options, thing, steps).select()) {
        Descriptor target = graph.keep(selected.document());
        images.add(new LoadedImage(selected.names(), target, selected.refName()));
      }
      ingestion.commit();
      images.forEach(this::reportName);
      return images;
    }
  }

  private static ImageFiles open(
      Path file, String thing, Ingestion ingestion, LoadOptions options) {
    FileChannel channel;
    byte[] head;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      try (InputStream in = new ArchiveScanner.Region(channel, 0, ImageFile.HEAD_BYTES)) {
        head = in.readNBytes(ImageFile.HEAD_BYTES);
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
    boolean handedOver = false;
    try {
      checkHead(head, thing);
      if (Compression.detect(head) == Compression.NONE) {
        handedOver = true;
        return ArchiveScanner.scan(channel, thing, options.limits());
      }
      return spool(
          new ArchiveScanner.Region(channel, 0, Long.MAX_VALUE), thing, ingestion, options);
    } finally {
      if (!handedOver) {
        ArchiveScanner.close(channel, thing);
      }
    }
  }

  private static ImageFiles spool(
      InputStream archive, String thing, Ingestion ingestion, LoadOptions options) {
    BufferedInputStream in = new BufferedInputStream(archive, BUFFER);
    in.mark(ImageFile.HEAD_BYTES);
    try {
      checkHead(in.readNBytes(ImageFile.HEAD_BYTES), thing);
      in.reset();
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
    Compression compression = Compression.detect(in);
    InputStream tar = compression == Compression.NONE ? in : compression.decompress(in, thing);
    return ArchiveSpooler.spool(tar, thing, ingestion, options.limits());
  }

  private static void checkHead(byte[] head, String thing) {
    if (head.length == 0) {
      throw new InvalidException(
          thing, "not an image archive: it is empty", "save the image again");
    }
    if (startsWith(head, XZ) || startsWith(head, BZIP2)) {
      String tool = startsWith(head, XZ) ? "xz" : "bzip2";
      throw new UnsupportedException(
          thing, "compressed with " + tool, "pipe it: " + tool + " -dc FILE | phyllo load");
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && java.util.Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  private void reportName(LoadedImage image) {
    if (steps.isListening()) {
      Map<String, String> details = new LinkedHashMap<>();
      details.put(
          "names",
          image.names().stream().map(Reference::canonical).collect(Collectors.joining(" ")));
      image.refName().ifPresent(name -> details.put("ref.name", name));
      report("name", image.target().digest().toString(), details);
    }
  }

  private void report(String verb, String subject, Map<String, String> details) {
    if (steps.isListening()) {
      steps.done(new LoadStep(verb, subject, details));
    }
  }
}
