package dev.phyllo.build.graph;

import dev.phyllo.build.containerfile.Add;
import dev.phyllo.build.containerfile.Arg;
import dev.phyllo.build.containerfile.At;
import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.build.containerfile.Copy;
import dev.phyllo.build.containerfile.From;
import dev.phyllo.build.containerfile.GlobalScope;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.build.containerfile.Location;
import dev.phyllo.build.containerfile.MountFlag;
import dev.phyllo.build.containerfile.Onbuild;
import dev.phyllo.build.containerfile.Run;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds what one target needs for one platform. A first pass goes up from the target and marks, a
 * second goes down and makes nodes; neither recurses, whatever the file.
 */
final class Resolver {
  private static final int MAX_TRIGGERS = 10_000;

  private final GraphRequest request;
  private final GlobalScope globals;
  private final Platform target;
  private final Map<String, StageNode> byResult;
  private final List<Stage> stages;
  private final Map<String, String> contexts = new HashMap<>();
  private final Map<String, List<Integer>> byName = new HashMap<>();
  private final @Nullable Plan[] plans;
  private final @Nullable StageNode[] nodes;
  private int triggers;

  /** Where something is taken from, while there are no nodes yet. */
  private sealed interface Reach {
    /** A stage above. */
    record ToStage(int index) implements Reach {}

    /** Anything else. */
    record ToSource(Source source) implements Reach {}
  }

  /** An instruction and what it takes files from. */
  private record Planned(Instruction instruction, List<Reach> reaches, boolean trigger) {}

  /** A stage that is needed. */
  private record Plan(From from, Reach base, List<Planned> steps) {}

  /**
   * A resolver.
   *
   * @param byResult the nodes there are, by stage and result: shared by all platforms
   */
  Resolver(
      GraphRequest request, GlobalScope globals, Platform target, Map<String, StageNode> byResult) {
    this.request = request;
    this.globals = globals;
    this.target = target;
    this.byResult = byResult;
    this.stages = request.file().stages();
    this.plans = new Plan[stages.size()];
    this.nodes = new StageNode[stages.size()];
    for (Stage stage : stages) {
      if (stage.name().isPresent()) {
        byName.computeIfAbsent(stage.name().get(), _ -> new ArrayList<>()).add(stage.index());
      }
    }
    for (String context : request.contexts()) {
      contexts.put(normal(context), context);
      contexts.put(context.toLowerCase(Locale.ROOT), context); // stages have no domain or tag
    }
  }

  StageNode resolve(int targetIndex) {
    boolean[] needed = new boolean[stages.size()];
    needed[targetIndex] = true;
    for (int i = targetIndex; i >= 0; i--) {
      if (needed[i]) {
        Plan plan = plan(stages.get(i));
        plans[i] = plan;
        mark(plan.base(), needed);
        for (Planned step : plan.steps()) {
          for (Reach reach : step.reaches()) {
            mark(reach, needed);
          }
        }
      }
    }
    for (int i = 0; i <= targetIndex; i++) {
      Plan plan = plans[i];
      if (plan != null) {
        nodes[i] = node(stages.get(i), plan);
      }
    }
    return reached(targetIndex);
  }

  private static void mark(Reach reach, boolean[] needed) {
    if (reach instanceof Reach.ToStage stage) {
      needed[stage.index()] = true;
    }
  }

  private StageNode reached(int index) {
    StageNode node = nodes[index];
    if (node == null) {
      throw new IllegalStateException("stage " + index + " was not planned");
    }
    return node;
  }

  private Plan plan(Stage stage) {
    From written = stage.from();
    Location location = written.location();
    From from = written.expand(globals.expansion());
    if (from.base().isBlank()) {
      throw At.invalid(
          location,
          "the base " + written.base() + " is nothing after its variables are replaced",
          "give a build argument, or its ARG before the first FROM a default");
    }
    Platform said = from.platform().isPresent() ? platform(from.platform().get(), written) : target;
    String own = stage.name().map(contexts::get).orElse(null);
    if (own != null) {
      // A context of the stage's name is all there is of it: its steps are not done.
      Reach context = new Reach.ToSource(new Source.NamedContext(own, said));
      return new Plan(from, context, List.of());
    }
    Reach base = base(stage, from.base(), said);
    List<Planned> steps = new ArrayList<>();
    if (base instanceof Reach.ToStage above) {
      for (Instruction instruction : stages.get(above.index()).instructions()) {
        if (instruction instanceof Onbuild onbuild) {
          steps.add(trigger(stage, onbuild.trigger()));
        }
      }
    } else if (base instanceof Reach.ToSource other
        && other.source() instanceof Source.Image image) {
      for (String text : request.triggers().of(image.name(), image.platform())) {
        steps.add(trigger(stage, text));
      }
    }
    for (Instruction instruction : stage.instructions()) {
      steps.add(new Planned(instruction, reaches(stage, instruction), false));
    }
    return new Plan(from, base, steps);
  }

  private Planned trigger(Stage stage, String text) {
    if (++triggers > MAX_TRIGGERS) {
      throw At.invalid(
          stage.from().location(), "the bases have more than " + MAX_TRIGGERS + " ONBUILDs", "");
    }
    Instruction instruction = Containerfile.parseTrigger(text, stage.from().location());
    return new Planned(instruction, reaches(stage, instruction), true);
  }

  private static Platform platform(String text, From written) {
    if (text.isEmpty()) {
      throw At.invalid(
          written.location(),
          "--platform=" + written.platform().orElse("") + " is nothing",
          "give a build argument, or its ARG before the first FROM a default");
    }
    try {
      return Platform.parse(text);
    } catch (UsageException e) {
      throw At.invalid(written.location(), "--platform: " + e.why(), e.remedy());
    }
  }

  private Reach base(Stage stage, String name, Platform platform) {
    int above = above(name, stage.index());
    if (above >= 0) {
      return stageOrContext(above, platform);
    }
    return name.equals(From.SCRATCH)
        ? new Reach.ToSource(new Source.Scratch(platform))
        : imageOrContext(name, platform);
  }

  private Reach stageOrContext(int index, Platform platform) {
    String context = stages.get(index).name().map(contexts::get).orElse(null);
    return context == null
        ? new Reach.ToStage(index)
        : new Reach.ToSource(new Source.NamedContext(context, platform));
  }

  private Reach imageOrContext(String name, Platform platform) {
    String context = contexts.get(normal(name));
    return new Reach.ToSource(
        context == null
            ? new Source.Image(name, platform)
            : new Source.NamedContext(context, platform));
  }

  /** The last stage of a name above another, or -1. */
  private int above(String name, int below) {
    List<Integer> all = byName.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    int place = Collections.binarySearch(all, below);
    int last = (place < 0 ? -place - 1 : place) - 1;
    return last < 0 ? -1 : all.get(last);
  }

  private List<Reach> reaches(Stage stage, Instruction instruction) {
    if (instruction instanceof Copy copy) {
      return List.of(
          copy.from().isPresent()
              ? reach(stage, copy.from().get(), copy)
              : new Reach.ToSource(new Source.MainContext()));
    }
    if (instruction instanceof Add) {
      return List.of(new Reach.ToSource(new Source.MainContext()));
    }
    if (!(instruction instanceof Run run)) {
      return List.of();
    }
    List<Reach> reaches = new ArrayList<>();
    for (MountFlag mount : run.mountFlags()) {
      Optional<String> from = mount.from();
      String type = mount.value("type").orElse("bind").toLowerCase(Locale.ROOT);
      if (from.isPresent()) {
        reaches.add(reach(stage, from.get(), run));
      } else if (type.equals("bind") || type.indexOf('$') >= 0) {
        reaches.add(new Reach.ToSource(new Source.MainContext()));
      }
    }
    return reaches;
  }

  private Reach reach(Stage stage, String name, Instruction instruction) {
    int number = number(name);
    int above = number >= 0 && number < stage.index() ? number : above(name, stage.index());
    if (above >= 0) {
      return stageOrContext(above, target);
    }
    String wanted = name.toLowerCase(Locale.ROOT);
    boolean below = number >= stage.index() || byName.containsKey(wanted);
    if (contexts.containsKey(normal(name))) {
      return imageOrContext(name, target);
    }
    if (below) {
      boolean self = stage.name().filter(wanted::equals).isPresent() || number == stage.index();
      boolean none = number >= stages.size();
      throw At.invalid(
          instruction.location(),
          none
              ? "there is no stage " + name
              : "the stage " + name + (self ? " takes files from itself" : " comes only below"),
          none ? "count from 0, or give the stage a name" : "move it above " + stage.title());
    }
    return name.equals(From.SCRATCH)
        ? new Reach.ToSource(new Source.Scratch(target))
        : imageOrContext(name, target);
  }

  /** The number a name is, or -1. */
  static int number(String name) {
    if (name.isEmpty() || name.length() > 9) {
      return -1;
    }
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return -1;
      }
    }
    return Integer.parseInt(name);
  }

  /** One way to write the names that mean one image. */
  private static String normal(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    try {
      return Reference.parse(lower).toString();
    } catch (PhylloException _) {
      return lower;
    }
  }

  private StageNode node(Stage stage, Plan plan) {
    Source base = source(plan.base());
    Platform platform = target;
    if (plan.from().platform().isPresent()) {
      platform = platform(plan.from().platform().get(), plan.from());
    } else if (base instanceof Source.OfStage below) {
      platform = below.node().platform();
    }
    StepId id = new StepId().add("base").add(base).add(platform.toString());
    String baseId = id.toString();
    List<Step> steps = new ArrayList<>();
    String last = baseId;
    for (Planned planned : plan.steps()) {
      StepId next = new StepId().add(last).add(planned.instruction());
      List<Source> sources = new ArrayList<>();
      for (Reach reach : planned.reaches()) {
        Source source = source(reach);
        sources.add(source);
        next.add(source);
      }
      if (planned.instruction() instanceof Arg arg) {
        arguments(arg, next);
      }
      last = next.toString();
      steps.add(new Step(last, planned.instruction(), sources, planned.trigger()));
    }
    StageNode node = new StageNode(stage, plan.from(), base, platform, globals, baseId, steps);
    StageNode same = byResult.putIfAbsent(stage.index() + ":" + node.id(), node);
    return same == null ? node : same;
  }

  /** What the text of an ARG does not say of its values. */
  private void arguments(Arg arg, StepId id) {
    for (Arg.Declaration declaration : arg.declarations()) {
      String name = declaration.name();
      String given = globals.given().get(name);
      String value =
          given == null && declaration.value().isEmpty() ? globals.values().get(name) : given;
      id.add(value == null ? "unset" : "=" + value);
    }
  }

  private Source source(Reach reach) {
    return reach instanceof Reach.ToStage stage
        ? new Source.OfStage(reached(stage.index()))
        : ((Reach.ToSource) reach).source();
  }
}
