package dev.phyllo.build;

import dev.phyllo.build.containerfile.Mount;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.build.context.PathFilter;
import dev.phyllo.build.copy.CopyOptions;
import dev.phyllo.build.copy.Copying;
import dev.phyllo.build.copy.LayerDraft;
import dev.phyllo.build.copy.Match;
import dev.phyllo.build.copy.Selection;
import dev.phyllo.build.copy.SourceHash;
import dev.phyllo.build.tree.ContentSpool;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.LayerIndex;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.RawPath;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import java.util.List;
import java.util.Optional;

/** The files that a RUN mounts: of the context, of a stage, of an image. */
final class MountSources {
  private final Solver solver;
  private final BuildJob job;
  private final Stage stage;

  MountSources(Solver solver, Stage stage) {
    this.solver = solver;
    this.job = solver.job();
    this.stage = stage;
  }

  /** What identifies the files of a mount. */
  String identity(Mount.Bind bind) {
    SourceTree source = of(bind.from());
    if (source.identity().isPresent() && isWhole(bind.source())) {
      return source.identity().get();
    }
    SourceHash hash = new SourceHash(options(source));
    hash.add(select(source, bind.source()));
    return hash.digest().toString();
  }

  /** The tree of a stage, an image or a context; the build's context for no name. */
  SourceTree of(Optional<String> from) {
    return from.isPresent() ? solver.source(stage, from.get()) : job.contexts().main();
  }

  /** Whether a mount shows all of its source. */
  static boolean isWhole(String source) {
    return RawPath.of(source).clean().isEmpty();
  }

  private static CopyOptions options(SourceTree source) {
    return new CopyOptions(
        Optional.empty(), Optional.empty(), PathFilter.NONE, false, source.pinned());
  }

  /**
   * What a name in a source stands for.
   *
   * @throws NotFoundException if there is nothing of that name
   */
  static List<Match> select(SourceTree source, String path) {
    FileTree.Resolved found = source.tree().get().resolve(RawPath.of(path), true);
    if (!found.exists()) {
      throw new NotFoundException(
          "--mount source=" + path, "not found in " + source.where(), "check the name");
    }
    String text = path.isEmpty() ? "/" : path;
    return found.path().isEmpty()
        ? List.of(new Match(RawPath.EMPTY, found.node(), List.of()))
        : new Selection(source.tree().get(), false, source.where()).find(escaped(text));
  }

  /** A mount's source is a name, never a pattern. */
  private static String escaped(String path) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '*' || c == '?' || c == '[' || c == '\\') {
        throw new InvalidException(
            "--mount source=" + path, "a name with " + c + " cannot be mounted", "rename it");
      }
      text.append(c);
    }
    return text.toString();
  }

  /** What is mounted as a layer that holds nothing else. */
  LayerIndex snapshot(SourceTree source, Match match) {
    LayerDraft draft = new LayerDraft(FileTree.empty(), job.times());
    new Copying(draft, options(source), job.times()).copy(List.of(match), "/", "/");
    try (ContentSpool spool =
        new ContentSpool(
            job.content(), job.environment().limits(), job.cache().records().temporary())) {
      return draft.write(job.content(), spool, Compression.NONE);
    }
  }
}
