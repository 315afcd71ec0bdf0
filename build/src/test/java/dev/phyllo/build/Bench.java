package dev.phyllo.build;

import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.ContentSpool;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.build.tree.LayerIndexes;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.ImageStore;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.store.UnpackedRecords;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A store and a context in a directory: builds without root and without the kernel's help. */
final class Bench {
  final Path context;
  final List<String> events = new ArrayList<>();
  private final Path directory;
  private final ContentStore content;
  private final ImageStore names;
  private final Builds builds;

  Bench(Path directory) throws IOException {
    this.directory = directory;
    this.context = Files.createDirectories(directory.resolve("context"));
    NamespaceDirs dirs = NamespaceDirs.open(directory.resolve("store"), "test");
    Locks locks = new Locks(dirs.locks(), NioFileLocker.INSTANCE);
    content = new ContentStore(dirs, locks, StepListener.NONE);
    names = new ImageStore(dirs, locks, StepListener.NONE);
    builds =
        new Builds(
            new BuildEnvironment(
                dirs,
                locks,
                content,
                names,
                new UnpackedRecords(dirs),
                () -> {
                  throw new IllegalStateException("a COPY-only build needs no snapshots");
                },
                images(),
                (_, _, _, _) -> {
                  throw new IllegalStateException("a COPY-only build runs nothing");
                },
                StepListener.NONE,
                TarLimits.DEFAULT));
  }

  private BaseImages images() {
    return new BaseImages() {
      @Override
      public Base find(String name, Platform platform, boolean pull) {
        return base(name);
      }

      @Override
      public void push(String name) {
        events.add("pushed " + name);
      }
    };
  }

  /** An image of this store by name: bases are built first. */
  private BaseImages.Base base(String name) {
    var target =
        names
            .find(Reference.parse(name))
            .orElseThrow(() -> new NotFoundException(name, "no such image", ""))
            .target();
    Manifest manifest =
        Manifest.parse(content.readTrusted(target.digest(), JsonCodec.MAX_BYTES), name);
    return new BaseImages.Base(target, manifest, config(manifest));
  }

  private ImageConfig config(Manifest manifest) {
    Digest digest = manifest.config().digest();
    return ImageConfig.parse(content.readTrusted(digest, JsonCodec.MAX_BYTES), "config");
  }

  /** Writes a file of the context. */
  Path file(String name, String text) throws IOException {
    Path file = context.resolve(name);
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    return Files.writeString(file, text);
  }

  /** Writes the Containerfile and builds it. */
  Built build(String containerfile) throws IOException {
    return build(containerfile, Map.of());
  }

  Built build(String containerfile, Map<String, String> arguments) throws IOException {
    Path file = Files.writeString(directory.resolve("Containerfile"), containerfile);
    BuildRequest request =
        new BuildRequest(context.toString()).file(file.toString()).name("built").explain(true);
    arguments.forEach(request::argument);
    return build(request);
  }

  Built build(BuildRequest request) {
    events.clear();
    request.progress(
        new BuildProgress() {
          @Override
          public void note(Step step, String text) {
            add(step.title() + ": " + text);
          }

          @Override
          public void warning(String text) {
            add("warning: " + text);
          }

          @Override
          public void failedAt(String excerpt) {
            add(excerpt);
          }

          @Override
          public void ended(Step step, Outcome outcome, long nanos) {
            add(outcome + " " + step.title());
          }
        });
    return new Built(builds.build(request));
  }

  BuildResult result(BuildRequest request) {
    return builds.build(request);
  }

  private void add(String event) {
    synchronized (events) {
      events.add(event);
    }
  }

  boolean hasImage(String name) {
    return names.find(Reference.parse(name)).isPresent();
  }

  /** An image that is there already. */
  Built existing(String name) {
    BaseImages.Base base = base(name);
    return new Built(
        new BuildResult(List.of(name), base.descriptor(), base.manifest().config().digest()));
  }

  /** How many steps ended so. */
  long count(BuildProgress.Outcome outcome) {
    return events.stream().filter(e -> e.startsWith(outcome + " ")).count();
  }

  /** What a build made. */
  final class Built {
    final BuildResult result;
    final Manifest manifest;
    final ImageConfig config;
    final FileTree tree;

    Built(BuildResult result) {
      this.result = result;
      manifest =
          Manifest.parse(
              content.readTrusted(result.target().digest(), JsonCodec.MAX_BYTES), "manifest");
      config = Bench.this.config(manifest);
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < config.diffIds().size(); i++) {
        layers.add(new Layer(manifest.layers().get(i), config.diffIds().get(i)));
      }
      // From the blobs themselves, not from what the build remembered of them.
      tree = new LayerIndexes(content, directory.resolve("fresh"), TarLimits.DEFAULT).tree(layers);
    }

    Node node(String path) {
      Node node = tree.find(RawPath.of(path));
      if (node == null) {
        throw new AssertionError("nothing at " + path);
      }
      return node;
    }

    boolean has(String path) {
      return tree.find(RawPath.of(path)) != null;
    }

    String text(String path) throws IOException {
      Content file = node(path).content();
      if (file == null) {
        throw new AssertionError("no file at " + path);
      }
      try (ContentSpool spool = new ContentSpool(content, TarLimits.DEFAULT, directory)) {
        spool.prepare(List.of(file));
        try (InputStream in = spool.open(file)) {
          return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
      }
    }

    List<String> history() {
      return config.history().stream().map(h -> h.createdBy().orElse("")).toList();
    }

    Optional<Integer> mode(String path) {
      return Optional.of(node(path).about().mode());
    }
  }
}
