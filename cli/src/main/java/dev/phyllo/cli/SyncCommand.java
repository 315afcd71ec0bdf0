package dev.phyllo.cli;

import dev.phyllo.engine.SyncRequest;
import dev.phyllo.engine.Synced;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code sync}: a list of images kept in step with a registry or a directory. */
final class SyncCommand implements Command {
  private static final long MAX_FILE = 16 << 20;

  SyncCommand() {}

  @Override
  public Syntax syntax() {
    Syntax syntax =
        new Syntax(
                "sync [OPTIONS] [IMAGE...] DESTINATION",
                "Copy a list of images to a registry or a directory, and later what changed")
            .value("i", "file", "FILE", "Read images from FILE, one a line; # begins a remark")
            .flag("a", "all", "Copy the images of all platforms")
            .flag(null, "all-platforms", "The same")
            .value(null, "platform", "OS/ARCH", "Copy the images for this platform")
            .value("f", "format", "oci|v2s2", "Make the manifests of this kind")
            .value(
                null,
                "dest-compress-format",
                "gzip|zstd|none",
                "Compress the layers so, which changes their digests")
            .flag(null, "referrers", "Copy signatures and what else refers to the images")
            .value(null, "parallel", "N", "Send so many blobs at once (4)")
            .flag("q", "quiet", "Print only what was copied");
    RegistryFlags.add(syntax);
    RegistryFlags.add(syntax, "src-", "source ");
    return RegistryFlags.add(syntax, "dest-", "destination ")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo sync -i images.txt docker://mirror.example.com/hub")
        .example("phyllo sync registry.example.com/app dir:/srv/images");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    String destination = words.getLast();
    List<String> images = new ArrayList<>();
    arguments.value("file").ifPresent(file -> images.addAll(lines(file)));
    for (String word : words.subList(0, words.size() - 1)) {
      images.add(PullCommand.bare(word));
    }
    if (images.isEmpty()) {
      throw new UsageException("sync", "no image to copy", "name some, or a file with -i");
    }
    SyncRequest request =
        new SyncRequest(
            images,
            registry(destination),
            directory(destination),
            CopyCommand.options(arguments),
            RegistryFlags.options(arguments, "src-"),
            RegistryFlags.options(arguments, "dest-"));
    boolean quiet = arguments.has("quiet");
    List<Synced> synced;
    try (Session.Watching _ = session.watch(true)) {
      synced = session.engine().registries().sync(request, one -> print(one, quiet, session));
    }
    int failed = 0;
    for (Synced one : synced) {
      failed += one.change() == Synced.Change.FAILED ? 1 : 0;
    }
    return failed == 0 ? 0 : 1;
  }

  private static void print(Synced one, boolean quiet, Session session) {
    switch (one.change()) {
      case COPIED -> session.println("copied    " + one.source() + " to " + one.target());
      case SAME -> {
        if (!quiet) {
          session.println("same      " + one.source());
        }
      }
      case FAILED -> session.say("phyllo: " + one.failure().orElse(one.source()));
    }
    session.flush();
  }

  private static Optional<String> registry(String destination) {
    if (!destination.startsWith("docker://")) {
      return Optional.empty();
    }
    String prefix = PullCommand.bare(destination);
    Reference _ = Reference.parse((prefix.endsWith("/") ? prefix : prefix + "/") + "x");
    return Optional.of(prefix);
  }

  private static Optional<Path> directory(String destination) {
    if (destination.startsWith("docker://")) {
      return Optional.empty();
    }
    if (destination.startsWith("dir:") && destination.length() > 4) {
      return Optional.of(Path.of(destination.substring(4)));
    }
    throw new UsageException(
        destination, "not a destination of sync", "write docker://REGISTRY[/PREFIX] or dir:DIR");
  }

  private static List<String> lines(String file) {
    List<String> images = new ArrayList<>();
    try {
      if (Files.size(Path.of(file)) > MAX_FILE) {
        throw new InvalidException(file, "longer than a list of images", "is it the right file?");
      }
      for (String line :
          new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8).split("\n", -1)) {
        int remark = line.indexOf('#');
        String image = (remark < 0 ? line : line.substring(0, remark)).strip();
        if (!image.isEmpty()) {
          images.add(PullCommand.bare(image));
        }
      }
    } catch (IOException e) {
      throw new SystemException(file, e);
    }
    return images;
  }
}
