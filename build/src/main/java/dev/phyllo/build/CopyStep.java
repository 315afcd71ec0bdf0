package dev.phyllo.build;

import dev.phyllo.build.cache.StepInputs;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.containerfile.Copy;
import dev.phyllo.build.containerfile.Heredoc;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.build.context.PathFilter;
import dev.phyllo.build.copy.CopyOptions;
import dev.phyllo.build.copy.Copying;
import dev.phyllo.build.copy.LayerDraft;
import dev.phyllo.build.copy.Match;
import dev.phyllo.build.copy.ModeChange;
import dev.phyllo.build.copy.Selection;
import dev.phyllo.build.copy.SourceHash;
import dev.phyllo.build.tree.BytesContent;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.NotFoundException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** COPY: files of the context, a stage or an image become a layer. */
final class CopyStep {
  private final Solver solver;
  private final BuildJob job;
  private final Stage stage;
  private final StageState state;

  CopyStep(Solver solver, Stage stage, StageState state) {
    this.solver = solver;
    this.job = solver.job();
    this.stage = stage;
    this.state = state;
  }

  StepResult copy(Copy copy, String text, String slot, Telling.Current step) {
    SourceTree source =
        copy.from().isPresent() ? solver.source(stage, copy.from().get()) : job.contexts().main();
    PathFilter excludes = Excludes.of(copy.excludes());
    CopyOptions options =
        new CopyOptions(
            Optional.empty(),
            copy.chmod().map(ModeChange::parse),
            excludes,
            copy.parents(),
            source.pinned());
    StepInputs inputs = inputs(copy, text, copy.link());
    Optional<StepInputs> shortcut =
        source
            .identity()
            .map(identity -> inputs(copy, text, copy.link()).add("all of the source", identity));
    if (shortcut.isPresent()) {
      // What is copied from stands still: no need to look at its files if this was done before.
      Optional<StepRecord> known = job.cache().find(shortcut.get().key());
      if (known.isPresent()) {
        step.cached();
        job.cache().note(step, "hit: " + source.where() + " is the same as before");
        return new StepResult(known.get(), null);
      }
    }
    List<Match> matches = select(copy, source);
    SourceHash hash = new SourceHash(options);
    hash.add(matches);
    inputs.add("the copied files", hash.digest());
    FileTree[] after = new FileTree[1];
    StepRecord record =
        job.cache()
            .get(
                slot,
                inputs,
                step,
                () -> {
                  FileTree tree = state.tree(job.indexes());
                  CopyOptions owned = withOwner(options, copy.chown(), tree);
                  LayerDraft draft =
                      new LayerDraft(copy.link() ? FileTree.empty() : tree, job.times());
                  new Copying(draft, owned, job.times())
                      .copy(matches, copy.destination(), state.config().workingDir());
                  StepRecord made = Layering.record(job, state, draft, text);
                  after[0] = copy.link() ? null : tree;
                  return made;
                });
    if (shortcut.isPresent()) {
      job.cache().put(shortcut.get().key(), record);
    }
    return new StepResult(record, after[0]);
  }

  private StepInputs inputs(Copy copy, String text, boolean link) {
    boolean independent = link && copy.chown().isEmpty();
    return new StepInputs()
        .add("what it stands on", independent ? "anything" : state.parent())
        .add("the instruction", text + "\n" + copy.excludes())
        .add("the working directory", state.config().workingDir())
        .add("SOURCE_DATE_EPOCH", job.times().epoch().toString());
  }

  private CopyOptions withOwner(CopyOptions options, Optional<String> chown, FileTree tree) {
    return chown.isEmpty()
        ? options
        : new CopyOptions(
            Optional.of(new Owners(job, tree).resolve(chown.get(), "--chown=" + chown.get())),
            options.chmod(),
            options.excludes(),
            options.parents(),
            options.pinned());
  }

  private List<Match> select(Copy copy, SourceTree source) {
    List<Match> matches = new ArrayList<>(heredocs(copy.files(), job));
    if (!copy.sources().isEmpty()) {
      Selection selection = new Selection(source.tree().get(), copy.parents(), source.where());
      for (String name : copy.sources()) {
        matches.addAll(selection.find(name));
      }
    }
    if (matches.isEmpty()) {
      throw new NotFoundException(
          String.join(" ", copy.sources()),
          "no pattern matches anything in " + source.where(),
          "check the patterns, and what the ignore file leaves out");
    }
    return matches;
  }

  /** Heredocs as files. */
  static List<Match> heredocs(List<Heredoc> files, BuildJob job) {
    List<Match> matches = new ArrayList<>();
    for (Heredoc file : files) {
      byte[] bytes = file.text().getBytes(StandardCharsets.UTF_8);
      RawPath name = RawPath.of(file.name());
      TarEntry about =
          TarEntry.builder(name, TarEntry.Type.FILE)
              .mode(0644)
              .size(bytes.length)
              .mtime(job.times().made(), 0)
              .build();
      matches.add(new Match(name, Node.file(about, new BytesContent(bytes)), List.of()));
    }
    return matches;
  }
}
