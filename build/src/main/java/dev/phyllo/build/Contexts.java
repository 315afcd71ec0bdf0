package dev.phyllo.build;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.build.context.ArchiveContext;
import dev.phyllo.build.context.Archives;
import dev.phyllo.build.context.DirectoryContext;
import dev.phyllo.build.context.FileHashes;
import dev.phyllo.build.context.PathFilter;
import dev.phyllo.build.tree.BytesContent;
import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where a build finds its Containerfile and what it copies: the context, and others by name.
 *
 * <p>A context is a directory, a tar archive (compressed or not), or standard input, which is an
 * archive or else the Containerfile itself with nothing to copy. Nothing is fetched by address:
 * what is built is what somebody has here and can look at.
 */
final class Contexts implements AutoCloseable {
  private static final int MAX_CONTAINERFILE = 4 << 20;
  private static final List<String> NAMES = List.of("Containerfile", "Dockerfile");
  private static final List<String> IGNORE_NAMES = List.of(".containerignore", ".dockerignore");
  private static final String IMAGE = "docker-image://";
  private static final String LAYOUT = "oci-layout://";

  private final BuildRequest request;
  private final BuildCache cache;
  private final TarLimits limits;
  private final BiFunction<String, Platform, BaseImages.Base> images;
  private final List<ArchiveContext> archives = new ArrayList<>();
  private final List<FileHashes> hashes = new ArrayList<>();
  private final Map<String, SourceTree> named = new HashMap<>();
  private @Nullable SourceTree main;
  private byte[] containerfile = {};
  private String fileName = "";
  private String place = "";

  Contexts(
      BuildRequest request,
      BuildCache cache,
      TarLimits limits,
      BiFunction<String, Platform, BaseImages.Base> images) {
    this.request = request;
    this.cache = cache;
    this.limits = limits;
    this.images = images;
  }

  /** Opens the context and reads the Containerfile. */
  void open() {
    String context = request.context();
    if (isAddress(context)) {
      throw new UnsupportedException(
          context,
          "contexts are not fetched: a build is of files that are here",
          "download the archive or clone the repository, and name that");
    }
    place = context.equals("-") ? "-" : Path.of(context).toAbsolutePath().normalize().toString();
    if (context.equals("-")) {
      standardInput();
    } else if (Files.isDirectory(Path.of(context))) {
      directory(Path.of(context));
    } else if (Files.isRegularFile(Path.of(context))) {
      try (InputStream in = Files.newInputStream(Path.of(context))) {
        archive(in, context);
      } catch (IOException e) {
        throw new SystemException(context, e);
      }
    } else {
      throw new NotFoundException(
          context, "no such directory or archive", "name the build context, such as .");
    }
    place = place + "\n" + fileName;
  }

  private static boolean isAddress(String context) {
    return context.contains("://")
        || context.startsWith("git@")
        || context.startsWith("github.com/");
  }

  /** Standard input is an archive, or the Containerfile alone. */
  private void standardInput() {
    InputStream in = request.in();
    if (in == null) {
      throw new UsageException("-", "no standard input was given", "name a directory");
    }
    BufferedInputStream buffered = new BufferedInputStream(in, 64 << 10);
    try {
      buffered.mark(32 << 10);
      boolean archive =
          Archives.isArchive(new java.io.ByteArrayInputStream(buffered.readNBytes(16 << 10)));
      buffered.reset();
      if (archive) {
        archive(buffered, "standard input");
        return;
      }
      if (request.file().isPresent() && !request.file().get().equals("-")) {
        throw new UsageException(
            "--file " + request.file().get(),
            "standard input is no archive that could hold it",
            "name a directory as the context");
      }
      containerfile = read(buffered, "standard input");
      fileName = "-";
      FileTree empty = FileTree.empty();
      main = new SourceTree("the empty build context", () -> empty, Optional.empty(), true);
    } catch (IOException e) {
      throw new SystemException("standard input", e);
    }
  }

  private void directory(Path directory) {
    Path file = null;
    if (request.file().isPresent() && request.file().get().equals("-")) {
      InputStream in = request.in();
      if (in == null) {
        throw new UsageException("--file -", "no standard input was given", "name a file");
      }
      containerfile = read(in, "standard input");
      fileName = "-";
    } else {
      file = containerfile(directory);
      try (InputStream in = Files.newInputStream(file)) {
        containerfile = read(in, file.toString());
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
      Path name = file.getFileName();
      fileName = request.file().orElse(name == null ? "" : name.toString());
    }
    main = tree(directory, ignored(directory, file), "the build context");
  }

  private Path containerfile(Path directory) {
    if (request.file().isPresent()) {
      String name = request.file().get();
      for (Path candidate : List.of(Path.of(name), directory.resolve(name))) {
        if (Files.isRegularFile(candidate)) {
          return candidate;
        }
      }
      throw new NotFoundException(
          "--file " + name, "no such file", "name it with --file, or begin the context with one");
    }
    for (String name : NAMES) {
      if (Files.isRegularFile(directory.resolve(name))) {
        return directory.resolve(name);
      }
    }
    throw new NotFoundException(
        directory.toString(),
        "neither Containerfile nor Dockerfile is in it",
        "write one, or name it with --file");
  }

  private SourceTree tree(Path directory, PathFilter ignored, String where) {
    Path real;
    try {
      real = directory.toRealPath();
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    FileHashes known = FileHashes.of(cache.files(), real);
    hashes.add(known);
    FileTree tree = new DirectoryContext(real, ignored, known).tree();
    return new SourceTree(where, () -> tree, Optional.empty(), true);
  }

  /** The ignore file beside the Containerfile, or else that of the directory. */
  private static PathFilter ignored(Path directory, @Nullable Path containerfile) {
    List<Path> candidates = new ArrayList<>();
    if (containerfile != null) {
      for (String suffix : IGNORE_NAMES) {
        candidates.add(containerfile.resolveSibling(containerfile.getFileName() + suffix));
      }
    }
    for (String name : IGNORE_NAMES) {
      candidates.add(directory.resolve(name));
    }
    for (Path candidate : candidates) {
      if (Files.isRegularFile(candidate)) {
        try (InputStream in = Files.newInputStream(candidate)) {
          return Excludes.file(read(in, candidate.toString()), candidate.toString());
        } catch (IOException e) {
          throw new SystemException(candidate.toString(), e);
        }
      }
    }
    return PathFilter.NONE;
  }

  /** An archive: read once for its Containerfile and ignore file, which may be anywhere in it. */
  private void archive(InputStream in, String thing) {
    ArchiveContext whole = ArchiveContext.read(in, thing, limits, cache.temporary(), false);
    archives.add(whole);
    FileTree tree = whole.tree();
    List<String> names = request.file().isPresent() ? List.of(request.file().get()) : NAMES;
    Node file = null;
    for (String name : names) {
      if (file == null) {
        file = tree.find(RawPath.of(name));
        fileName = name;
      }
    }
    if (file == null || file.content() == null) {
      throw new NotFoundException(
          thing, String.join(" and ", names) + " not in the archive", "name it with --file");
    }
    containerfile = read(java.util.Objects.requireNonNull(file.content()), fileName);
    PathFilter ignored = PathFilter.NONE;
    List<String> ignoreNames = new ArrayList<>();
    IGNORE_NAMES.forEach(suffix -> ignoreNames.add(fileName + suffix));
    ignoreNames.addAll(IGNORE_NAMES);
    for (String name : ignoreNames) {
      Node ignore = tree.find(RawPath.of(name));
      Content content = ignore == null ? null : ignore.content();
      if (content != null) {
        ignored = Excludes.file(read(content, name), name);
        break;
      }
    }
    FileTree wanted = whole.without(ignored);
    main = new SourceTree("the build context", () -> wanted, Optional.empty(), true);
  }

  private static byte[] read(Content content, String thing) {
    if (content instanceof BytesContent bytes) {
      return bytes.bytes();
    }
    try (InputStream in = content.open()) {
      return read(in, thing);
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  private static byte[] read(InputStream in, String thing) {
    try {
      byte[] bytes = in.readNBytes(MAX_CONTAINERFILE + 1);
      if (bytes.length > MAX_CONTAINERFILE) {
        throw new InvalidException(
            thing,
            "longer than " + MAX_CONTAINERFILE + " bytes",
            "name the Containerfile with --file");
      }
      return bytes;
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  /** The Containerfile's bytes. */
  byte[] containerfile() {
    return containerfile;
  }

  /** The Containerfile's name as people know it. */
  String fileName() {
    return fileName;
  }

  /** Tells this context and Containerfile from others. */
  String place() {
    return place;
  }

  /** The build context. */
  SourceTree main() {
    SourceTree tree = main;
    if (tree == null) {
      throw new IllegalStateException("not open");
    }
    return tree;
  }

  /** Whether a name is that of a context given by {@code --build-context}. */
  boolean isNamed(String name) {
    return sourceOf(name) != null;
  }

  /** An image that was given a name, or that stands in for another. */
  Optional<BaseImages.Base> namedImage(String name, Platform platform) {
    String source = sourceOf(name);
    if (source == null) {
      return Optional.empty();
    }
    if (source.startsWith(IMAGE)) {
      return Optional.of(images.apply(source.substring(IMAGE.length()), platform));
    }
    throw new UnsupportedException(
        "--build-context " + name + "=" + source,
        "FROM takes an image, not a directory",
        "name an image: " + IMAGE + "NAME");
  }

  /** A directory or archive that was given a name. */
  Optional<SourceTree> namedTree(String name) {
    String source = sourceOf(name);
    if (source == null || source.startsWith(IMAGE)) {
      return Optional.empty();
    }
    if (isAddress(source)) {
      throw new UnsupportedException(
          "--build-context " + name + "=" + source,
          source.startsWith(LAYOUT)
              ? "layouts are not read in place"
              : "contexts are not fetched: a build is of files that are here",
          source.startsWith(LAYOUT)
              ? "phyllo load it, and give " + IMAGE + "NAME"
              : "download it, and name that");
    }
    synchronized (named) {
      SourceTree tree = named.get(name);
      if (tree == null) {
        tree = open(name, Path.of(source));
        named.put(name, tree);
      }
      return Optional.of(tree);
    }
  }

  private SourceTree open(String name, Path source) {
    String where = "the build context " + name;
    if (Files.isDirectory(source)) {
      return tree(source, ignored(source, null), where);
    }
    try (InputStream in = Files.newInputStream(source)) {
      ArchiveContext archive =
          ArchiveContext.read(in, source.toString(), limits, cache.temporary(), false);
      archives.add(archive);
      return new SourceTree(where, archive::tree, Optional.empty(), true);
    } catch (IOException e) {
      throw new SystemException(source.toString(), e);
    }
  }

  /** What a name stands for; images are found by any spelling of theirs. */
  private @Nullable String sourceOf(String name) {
    String source = request.contexts().get(name);
    if (source != null || request.contexts().isEmpty()) {
      return source;
    }
    try {
      String canonical = Reference.parse(name).canonical();
      for (Map.Entry<String, String> e : request.contexts().entrySet()) {
        if (Reference.parse(e.getKey()).canonical().equals(canonical)) {
          return e.getValue();
        }
      }
    } catch (InvalidException | UsageException _) {
      // No image's name.
    }
    return null;
  }

  /** Keeps the digests of files for the next build. */
  void remember() {
    hashes.forEach(FileHashes::save);
  }

  @Override
  public void close() {
    archives.forEach(ArchiveContext::close);
  }
}
