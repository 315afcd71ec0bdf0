package dev.phyllo.build;

import dev.phyllo.build.cache.StepInputs;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.containerfile.Add;
import dev.phyllo.build.context.ArchiveContext;
import dev.phyllo.build.context.Archives;
import dev.phyllo.build.copy.CopyOptions;
import dev.phyllo.build.copy.Copying;
import dev.phyllo.build.copy.LayerDraft;
import dev.phyllo.build.copy.Match;
import dev.phyllo.build.copy.ModeChange;
import dev.phyllo.build.copy.Owner;
import dev.phyllo.build.copy.Selection;
import dev.phyllo.build.copy.SourceHash;
import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ADD: as COPY, but local archives are unpacked and files can be fetched. */
final class AddStep {
  private final BuildJob job;
  private final StageState state;

  AddStep(BuildJob job, StageState state) {
    this.job = job;
    this.state = state;
  }

  /** What is added: files as they are, and archives to be unpacked. */
  private record Added(List<Match> files, List<Match> archives) {}

  StepResult add(Add add, String text, String slot, Telling.Current step) {
    List<String> addresses = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (String source : add.sources()) {
      if (Download.isRepository(source)) {
        throw new UnsupportedException(
            source, "git repositories are not fetched", "clone it, and COPY from there");
      }
      (Download.isAddress(source) ? addresses : names).add(source);
    }
    if (add.checksum().isPresent() && (addresses.size() != 1 || !names.isEmpty())) {
      throw new UsageException(
          "--checksum", "is for one source that is fetched", "write an ADD for each");
    }
    StepInputs inputs =
        new StepInputs()
            .add("what it stands on", state.parent())
            .add("the instruction", text + "\n" + add.excludes() + "\n" + add.unpack())
            .add("the working directory", state.config().workingDir())
            .add("SOURCE_DATE_EPOCH", job.times().epoch().toString());
    StepInputs checked = null;
    if (add.checksum().isPresent()) {
      // Whatever the address leads to, it must be this.
      checked =
          new StepInputs()
              .add("what it stands on", state.parent())
              .add("the instruction", text + "\n" + add.excludes() + "\n" + add.unpack())
              .add("the working directory", state.config().workingDir())
              .add("SOURCE_DATE_EPOCH", job.times().epoch().toString())
              .add("the checksum", add.checksum().get());
      Optional<StepRecord> known = job.cache().find(checked.key());
      if (known.isPresent()) {
        step.cached();
        job.cache().note(step, "hit: the checksum is the same as before");
        return new StepResult(known.get(), null);
      }
    }
    try (Download download = new Download(job.cache().records().temporary(), job.times())) {
      Added added = gather(add, names, addresses, download);
      CopyOptions options =
          new CopyOptions(
              Optional.empty(),
              add.chmod().map(ModeChange::parse),
              Excludes.of(add.excludes()),
              false,
              true);
      SourceHash hash = new SourceHash(options);
      hash.add(added.files());
      hash.add(added.archives());
      inputs.add("the added files", hash.digest());
      FileTree[] after = new FileTree[1];
      StepRecord record =
          job.cache()
              .get(
                  slot,
                  inputs,
                  step,
                  () -> {
                    FileTree tree = state.tree(job.indexes());
                    StepRecord made = layer(add, added, options, tree, text);
                    after[0] = add.link() ? null : tree;
                    return made;
                  });
      if (checked != null) {
        job.cache().put(checked.key(), record);
      }
      return new StepResult(record, after[0]);
    }
  }

  private Added gather(Add add, List<String> names, List<String> addresses, Download download) {
    List<Match> files = new ArrayList<>(CopyStep.heredocs(add.files(), job));
    List<Match> archives = new ArrayList<>();
    SourceTree context = job.contexts().main();
    Selection selection = new Selection(context.tree().get(), false, context.where());
    for (String name : names) {
      for (Match match : selection.find(name)) {
        boolean unpack = add.unpack().orElse(true) && isArchive(match);
        (unpack ? archives : files).add(match);
      }
    }
    for (String address : addresses) {
      Match match = download.fetch(address, add.checksum());
      boolean unpack = add.unpack().orElse(false) && isArchive(match);
      (unpack ? archives : files).add(match);
    }
    if (files.isEmpty() && archives.isEmpty()) {
      throw new NotFoundException(
          String.join(" ", add.sources()),
          "no pattern matches anything in " + context.where(),
          "check the patterns, and what the ignore file leaves out");
    }
    return new Added(files, archives);
  }

  private static boolean isArchive(Match match) {
    Content content = match.node().content();
    if (content == null) {
      return false;
    }
    try (InputStream in = content.open()) {
      return Archives.isArchive(in);
    } catch (IOException e) {
      throw new SystemException(match.name().toString(), e);
    }
  }

  private StepRecord layer(Add add, Added added, CopyOptions options, FileTree tree, String text) {
    Optional<Owner> owner =
        add.chown().map(name -> new Owners(job, tree).resolve(name, "--chown=" + name));
    LayerDraft draft = new LayerDraft(add.link() ? FileTree.empty() : tree, job.times());
    String workingDir = state.config().workingDir();
    List<ArchiveContext> open = new ArrayList<>();
    try {
      if (!added.files().isEmpty()) {
        CopyOptions owned =
            new CopyOptions(owner, options.chmod(), options.excludes(), false, true);
        new Copying(draft, owned, job.times()).copy(added.files(), add.destination(), workingDir);
      }
      for (Match match : added.archives()) {
        ArchiveContext archive = unpack(match);
        open.add(archive);
        // What is in an archive keeps its owners, and its times unless they are too late.
        CopyOptions kept =
            new CopyOptions(owner, options.chmod(), options.excludes(), false, false);
        new Copying(draft, kept, job.times())
            .unpack(archive.tree().root(), add.destination(), workingDir);
      }
      return Layering.record(job, state, draft, text);
    } finally {
      open.forEach(ArchiveContext::close);
    }
  }

  private ArchiveContext unpack(Match match) {
    Content content = match.node().content();
    if (content == null) {
      throw new IllegalStateException("no archive: " + match.name());
    }
    String name = match.name().toString();
    try (InputStream in = content.open()) {
      return ArchiveContext.read(
          in, name, job.environment().limits(), job.cache().records().temporary(), true);
    } catch (IOException e) {
      throw new SystemException(name, e);
    }
  }
}
