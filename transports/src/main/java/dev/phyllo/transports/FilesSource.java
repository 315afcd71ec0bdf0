package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
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
import java.util.Optional;

/**
 * An image in an OCI layout, an OCI or docker archive, compressed or not, or a {@code dir:}; which
 * of them it is is found out by content.
 *
 * <p>A compressed archive is decompressed into a temporary file first, because its parts are needed
 * in another order than they come.
 */
public final class FilesSource implements ImageSource {
  private static final int BUFFER = 256 << 10;
  private static final int MAX_SHOWN = 10;

  private final String thing;
  private final ImageFiles files;
  private final ImageContents contents;
  private final Descriptor target;

  private FilesSource(
      String thing, ImageFiles files, ImageContents contents, Optional<String> selector) {
    this.thing = thing;
    this.files = files;
    this.contents = contents;
    this.target = Document.read(contents, select(selector)).descriptor();
  }

  /**
   * Opens a file or directory.
   *
   * @param selector which image: its tag or name there; not needed where there is only one
   * @throws NotFoundException if there is no such file, or no such image in it
   * @throws InvalidException if it is no image source
   */
  public static FilesSource open(Path path, Optional<String> selector) {
    String thing = path + (selector.isPresent() ? ":" + selector.get() : "");
    if (!Files.exists(path)) {
      throw new NotFoundException(path.toString(), "no such file or directory", "check the path");
    }
    ImageFiles files =
        Files.isDirectory(path) ? new DirectoryFiles(path) : archive(path, path.toString());
    boolean opened = false;
    try {
      FilesSource source = new FilesSource(thing, files, ImageContents.read(files), selector);
      opened = true;
      return source;
    } finally {
      if (!opened) {
        files.close();
      }
    }
  }

  private static ImageFiles archive(Path path, String thing) {
    try {
      byte[] head;
      try (InputStream in = Files.newInputStream(path)) {
        head = in.readNBytes(Compression.HEAD_BYTES);
      }
      Compression compression = Compression.detect(head);
      FileChannel channel =
          compression == Compression.NONE
              ? FileChannel.open(path, StandardOpenOption.READ)
              : decompressed(path, compression, thing);
      return ArchiveScanner.scan(channel, thing, LoadLimits.DEFAULT);
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  private static FileChannel decompressed(Path path, Compression compression, String thing)
      throws IOException {
    Path file = Files.createTempFile("phyllo-archive-", ".tar");
    FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    boolean done = false;
    byte[] buffer = new byte[BUFFER];
    long left = LoadLimits.DEFAULT.maxArchiveBytes();
    try (InputStream in =
        compression.decompress(
            new BufferedInputStream(Files.newInputStream(path), BUFFER), thing)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        left -= n;
        if (left < 0) {
          throw new InvalidException(
              thing,
              "decompresses to more than an archive may be long",
              "save fewer images into one archive");
        }
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(buffer, 0, n);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      done = true;
      return channel;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private Descriptor select(Optional<String> selector) {
    Map<Digest, Descriptor> found = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    for (Descriptor d : contents.top().manifests()) {
      if (names.size() < MAX_SHOWN) {
        d.refName().ifPresent(names::add);
      }
      if (selector.isEmpty() ? !isBeside(d) : isCalled(d, selector.get())) {
        found.putIfAbsent(d.digest(), d);
      }
    }
    if (found.size() == 1) {
      return found.values().iterator().next();
    }
    String held = names.isEmpty() ? "" : "it holds " + String.join(", ", names);
    if (found.isEmpty()) {
      throw new NotFoundException(thing, "no such image in it", held);
    }
    throw new InvalidException(
        thing, found.size() + " images in it", held.isEmpty() ? "" : "name one: " + held);
  }

  /**
   * Whether it is a signature or the like beside the image, which is never meant without a name.
   */
  private static boolean isBeside(Descriptor d) {
    return d.artifactType().isPresent()
        || PlatformChoice.isAttestation(d)
        || d.refName().filter(FilesSource::isCosignTag).isPresent();
  }

  static boolean isCosignTag(String tag) {
    return tag.startsWith("sha256-") && tag.length() > 71 && tag.charAt(71) == '.';
  }

  private static boolean isCalled(Descriptor d, String selector) {
    if (d.digest().toString().equals(selector)) {
      return true;
    }
    for (String key : List.of(Descriptor.REF_NAME, ImageNames.CONTAINERD_NAME)) {
      String written = d.annotations().get(key);
      if (written != null && (written.equals(selector) || isSameName(written, selector))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSameName(String a, String b) {
    try {
      return Reference.parse(a).equals(Reference.parse(b));
    } catch (PhylloException _) {
      return false; // annotations may be any text
    }
  }

  @Override
  public String thing() {
    return thing;
  }

  @Override
  public Descriptor target() {
    return target;
  }

  @Override
  public Optional<Reference> name() {
    return new ImageNames(Optional.empty()).name(target, false).name();
  }

  @Override
  public byte[] document(Descriptor descriptor) {
    return ImageFile.read(contents.blob(descriptor), descriptor);
  }

  @Override
  public InputStream blob(Descriptor descriptor, long offset) {
    ImageFile file = contents.blob(descriptor);
    InputStream in = file.open();
    try {
      in.skipNBytes(offset);
      return in;
    } catch (IOException e) {
      throw new SystemException(file.where(), e);
    }
  }

  @Override
  public List<Descriptor> referrers(Digest subject) {
    List<Descriptor> found = new ArrayList<>();
    for (Descriptor d : contents.top().manifests()) {
      if (!MediaTypes.isManifest(d.mediaType()) && !MediaTypes.isIndex(d.mediaType())) {
        continue;
      }
      byte[] bytes = document(d);
      String document = d.digest().toString();
      Optional<Descriptor> of =
          MediaTypes.isIndex(d.mediaType())
              ? Index.parse(bytes, document).subject()
              : Manifest.parse(bytes, document).subject();
      if (of.isPresent() && of.get().digest().equals(subject)) {
        found.add(d);
      }
    }
    return found;
  }

  @Override
  public Optional<Descriptor> tagged(String tag) {
    for (Descriptor d : contents.top().manifests()) {
      if (d.refName().equals(Optional.of(tag))) {
        return Optional.of(d);
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    files.close();
  }
}
