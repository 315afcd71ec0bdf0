package dev.phyllo.build.graph;

import dev.phyllo.build.containerfile.Arg;
import dev.phyllo.build.containerfile.Checks;
import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.build.containerfile.GlobalScope;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.build.containerfile.Suggestion;
import dev.phyllo.build.containerfile.Warning;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The stages that a target needs and no others, with what each of them needs. A stage refers only
 * to stages above it, so there are no cycles. Immutable.
 */
public final class BuildGraph {
  private final List<StageNode> targets;
  private final List<StageNode> stages;
  private final List<Warning> warnings;

  private BuildGraph(List<StageNode> targets, List<StageNode> stages, List<Warning> warnings) {
    this.targets = List.copyOf(targets);
    this.stages = List.copyOf(stages);
    this.warnings = List.copyOf(warnings);
  }

  /**
   * The graph of a build.
   *
   * @throws NotFoundException if there is no such target
   * @throws dev.phyllo.oci.InvalidException if a FROM is nothing after expansion, or a stage refers
   *     to itself or to one below it
   */
  public static BuildGraph of(GraphRequest request) {
    int target = target(request);
    Map<String, StageNode> byResult = new LinkedHashMap<>();
    List<StageNode> targets = new ArrayList<>();
    for (Platform platform : request.platforms()) {
      GlobalScope globals =
          GlobalScope.of(
              request.file(),
              request.arguments(),
              request.buildPlatform(),
              platform,
              request.target());
      targets.add(new Resolver(request, globals, platform, byResult).resolve(target));
    }
    List<StageNode> stages = new ArrayList<>(byResult.values());
    return new BuildGraph(targets, stages, warnings(request));
  }

  private static int target(GraphRequest request) {
    List<Stage> stages = request.file().stages();
    if (request.target().isEmpty()) {
      return stages.size() - 1;
    }
    String wanted = request.target().get().toLowerCase(Locale.ROOT);
    for (int i = stages.size() - 1; i >= 0; i--) {
      if (stages.get(i).name().filter(wanted::equals).isPresent()) {
        return i;
      }
    }
    int number = Resolver.number(wanted);
    if (number >= 0 && number < stages.size()) {
      return number;
    }
    List<String> names = stages.stream().flatMap(stage -> stage.name().stream()).toList();
    throw new NotFoundException(
        request.file().file(), "there is no stage " + wanted, Suggestion.of(wanted, names));
  }

  /** Those of the text, and one for each build argument that no ARG takes. */
  private static List<Warning> warnings(GraphRequest request) {
    Containerfile file = request.file();
    List<Warning> all = new ArrayList<>(file.warnings());
    Set<String> taken = new LinkedHashSet<>(GlobalScope.PREDEFINED);
    taken.addAll(GlobalScope.AUTOMATIC);
    taken.add("SOURCE_DATE_EPOCH");
    Set<String> known = new LinkedHashSet<>();
    for (Arg arg : file.globals()) {
      declare(arg, known);
    }
    for (Stage stage : file.stages()) {
      for (Instruction instruction : stage.instructions()) {
        if (instruction instanceof Arg arg) {
          declare(arg, known);
        }
      }
    }
    taken.addAll(known);
    for (String name : new TreeSet<>(request.arguments().keySet())) {
      if (!taken.contains(name) && !name.startsWith("BUILDKIT_")) {
        all.addAll(Checks.unusedArgument(file, name, known));
      }
    }
    return all;
  }

  private static void declare(Arg arg, Set<String> names) {
    for (Arg.Declaration declaration : arg.declarations()) {
      names.add(declaration.name());
    }
  }

  /** What is to be built: one for each platform, in their order; some may be the same. */
  public List<StageNode> targets() {
    return targets;
  }

  /** All that is needed, each behind all it depends on. */
  public List<StageNode> stages() {
    return stages;
  }

  /**
   * The stages by when they can begin: those of the first list depend on nothing, those of each
   * other list on some of the one before it. Those of one list are independent of each other.
   */
  public List<List<StageNode>> levels() {
    Map<StageNode, Integer> levels = new HashMap<>();
    List<List<StageNode>> lists = new ArrayList<>();
    for (StageNode stage : stages) {
      int level = 0;
      for (StageNode dependency : stage.dependencies()) {
        level = Math.max(level, levels.getOrDefault(dependency, 0) + 1);
      }
      levels.put(stage, level);
      if (level == lists.size()) {
        lists.add(new ArrayList<>());
      }
      lists.get(level).add(stage);
    }
    return lists;
  }

  /** What builds but probably not as it was meant, as far as is known without building. */
  public List<Warning> warnings() {
    return warnings;
  }
}
