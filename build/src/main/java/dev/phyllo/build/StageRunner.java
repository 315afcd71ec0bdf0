package dev.phyllo.build;

import dev.phyllo.build.cache.StepInputs;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.containerfile.Add;
import dev.phyllo.build.containerfile.Checks;
import dev.phyllo.build.containerfile.Copy;
import dev.phyllo.build.containerfile.From;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.build.containerfile.Maintainer;
import dev.phyllo.build.containerfile.Run;
import dev.phyllo.build.containerfile.Scope;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.build.containerfile.Warning;
import dev.phyllo.build.containerfile.Workdir;
import dev.phyllo.build.copy.LayerDraft;
import dev.phyllo.build.copy.Owner;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.layers.RawPath;
import dev.phyllo.oci.PhylloException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Does the instructions of one stage, from top to bottom. */
final class StageRunner {
  private final Solver solver;
  private final BuildJob job;
  private final Stage stage;
  private int done;
  private int steps;

  StageRunner(Solver solver, Stage stage) {
    this.solver = solver;
    this.job = solver.job();
    this.stage = stage;
  }

  /** The stage when all of it is done. */
  StageState run() {
    From from;
    StageState state;
    try {
      from = stage.from().expand(solver.global().expansion());
      steps = 1 + (int) stage.instructions().stream().filter(StageRunner::isStep).count();
      String title = title("FROM " + from.base());
      state =
          job.telling()
              .step(
                  title,
                  step -> {
                    StageState base = solver.base(stage, from);
                    job.cache()
                        .note(
                            step,
                            "stands on " + base.chainId().map(Object::toString).orElse("nothing"));
                    return base;
                  });
    } catch (PhylloException e) {
      throw Located.error(stage.from(), e);
    }
    List<Instruction> all = new ArrayList<>();
    for (String trigger : state.config().takeTriggers()) {
      all.add(Triggers.parse(trigger, from));
    }
    steps += (int) all.stream().filter(StageRunner::isStep).count();
    all.addAll(stage.instructions());
    for (Instruction instruction : all) {
      job.cancellation().check();
      try {
        instruction(state, instruction);
      } catch (PhylloException e) {
        throw Located.error(instruction, e);
      }
    }
    return state;
  }

  private static boolean isStep(Instruction i) {
    return i instanceof Run || i instanceof Copy || i instanceof Add || i instanceof Workdir;
  }

  private String title(String text) {
    done++;
    String name = solver.file().stages().size() == 1 ? "" : stage.title() + " ";
    int line = text.indexOf('\n');
    return "[" + name + done + "/" + steps + "] " + (line < 0 ? text : text.substring(0, line));
  }

  private void instruction(StageState state, Instruction written) {
    Scope.Entered entered = state.scope().enter(written);
    Instruction instruction = entered.instruction();
    if (!entered.undefined().isEmpty()) {
      warn(Checks.undefined(solver.file(), entered, state.scope().names()));
    }
    String text = HistoryText.of(instruction, state.config().shell(), entered.arguments());
    // By instanceof: the first use of a pattern switch makes classes, and cached builds are timed.
    if (instruction instanceof Run run) {
      Map<String, String> arguments = entered.arguments();
      RunStep work = new RunStep(solver, stage, state, run);
      step(state, run, step -> work.run(arguments, text, slot(), step), text);
    } else if (instruction instanceof Copy copy) {
      CopyStep work = new CopyStep(solver, stage, state);
      step(state, copy, step -> work.copy(copy, text, slot(), step), text);
    } else if (instruction instanceof Add add) {
      AddStep work = new AddStep(job, state);
      step(state, add, step -> work.add(add, text, slot(), step), text);
    } else if (instruction instanceof Workdir workdir) {
      state.config().workingDir(workdir.path());
      step(state, workdir, step -> workdir(state, text, step), text);
    } else {
      if (instruction instanceof Maintainer m) {
        state.author(m.maintainer());
      } else {
        state.config().apply(instruction);
      }
      state.did(text, Optional.empty(), true);
    }
  }

  private void warn(List<Warning> warnings) {
    for (Warning warning : warnings) {
      job.request().progress().warning(warning.toString());
    }
    Checks.enforce(solver.file(), warnings);
  }

  /** Identifies the line for --explain. */
  private String slot() {
    return stage.index() + " " + done;
  }

  private void step(
      StageState state, Instruction instruction, Telling.Work<StepResult> work, String text) {
    StepResult result = job.telling().step(title(instruction.origin().text()), work);
    StepRecord record = result.record();
    if (record.layer().isPresent()) {
      if (result.after() == null) {
        state.add(record.layer().get());
      } else {
        state.add(record.layer().get(), result.after());
      }
    }
    state.did(text, Optional.of(record.created()), record.layer().isEmpty());
  }

  /** WORKDIR makes the directory if it is missing. */
  private StepResult workdir(StageState state, String text, Telling.Current step) {
    String path = state.config().workingDir();
    String user = state.config().user();
    StepInputs inputs =
        new StepInputs()
            .add("what it stands on", state.parent())
            .add("the instruction", "WORKDIR " + path)
            .add("the user", user)
            .add("SOURCE_DATE_EPOCH", job.times().epoch().toString());
    FileTree[] after = new FileTree[1];
    StepRecord record =
        job.cache()
            .get(
                slot(),
                inputs,
                step,
                () -> {
                  FileTree tree = state.tree(job.indexes());
                  LayerDraft draft = new LayerDraft(tree, job.times());
                  Owner owner =
                      user.isEmpty()
                          ? Owner.ROOT
                          : new Owners(job, tree).resolve(user, "USER " + user);
                  draft.directory(RawPath.of(path), owner);
                  after[0] = tree;
                  return Layering.record(job, state, draft, text);
                });
    return new StepResult(record, after[0]);
  }
}
