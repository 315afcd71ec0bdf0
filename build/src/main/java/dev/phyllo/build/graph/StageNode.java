package dev.phyllo.build.graph;

import dev.phyllo.build.containerfile.From;
import dev.phyllo.build.containerfile.GlobalScope;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.oci.Platform;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A stage that is needed, for one platform. Two of them are equal only if they are the same object.
 */
public final class StageNode {
  private final Stage stage;
  private final From from;
  private final Source base;
  private final Platform platform;
  private final GlobalScope globals;
  private final String baseId;
  private final List<Step> steps;
  private final Set<StageNode> dependencies = new LinkedHashSet<>();

  StageNode(
      Stage stage,
      From from,
      Source base,
      Platform platform,
      GlobalScope globals,
      String baseId,
      List<Step> steps) {
    this.stage = stage;
    this.from = from;
    this.base = base;
    this.platform = platform;
    this.globals = globals;
    this.baseId = baseId;
    this.steps = List.copyOf(steps);
    depend(base);
    for (Step step : steps) {
      step.sources().forEach(this::depend);
    }
  }

  private void depend(Source source) {
    if (source instanceof Source.OfStage other) {
      dependencies.add(other.node());
    }
  }

  /** The stage as the file has it. */
  public Stage stage() {
    return stage;
  }

  /** Its FROM, expanded. */
  public From from() {
    return from;
  }

  /** What it begins with. */
  public Source base() {
    return base;
  }

  /** The platform of its base and so of what it executes. */
  public Platform platform() {
    return platform;
  }

  /** What its ARGs see, with {@code TARGETPLATFORM} and the like for what is built. */
  public GlobalScope globals() {
    return globals;
  }

  /** Its steps in order, with those its base delayed first. */
  public List<Step> steps() {
    return steps;
  }

  /** The stages that must be there before it: its base, and those it takes files from. */
  public Set<StageNode> dependencies() {
    return Collections.unmodifiableSet(dependencies);
  }

  /** Names its result, as {@link Step#id} does. */
  public String id() {
    return steps.isEmpty() ? baseId : steps.getLast().id();
  }

  /** The stage's name or number, and the platform. */
  @Override
  public String toString() {
    return stage.title() + " (" + platform + ")";
  }
}
