package dev.phyllo.build;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.build.containerfile.At;
import dev.phyllo.build.containerfile.Checks;
import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.build.containerfile.Excerpt;
import dev.phyllo.build.containerfile.Warning;
import dev.phyllo.build.copy.Times;
import dev.phyllo.build.graph.BuildGraph;
import dev.phyllo.build.graph.GraphRequest;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.Image;
import dev.phyllo.store.Lease;
import dev.phyllo.store.Leases;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Builds images from Containerfiles. */
public final class Builds {
  private final BuildEnvironment environment;
  private final BuildCache cache;

  /** Builds in an environment. */
  public Builds(BuildEnvironment environment) {
    this.environment = environment;
    this.cache = new BuildCache(environment.dirs());
  }

  /**
   * Builds an image, and names it when all of it is there: a build that fails or is killed names
   * nothing.
   *
   * @throws dev.phyllo.oci.PhylloException if a step fails; the error says which line it is of
   */
  public BuildResult build(BuildRequest request) {
    List<Reference> names = new ArrayList<>();
    for (String name : request.names()) {
      names.add(nameOf(name));
    }
    List<Outputs.Output> outputs = Outputs.parse(request.outputs());
    Times times =
        new Times(
            SourceDate.parse(
                request
                    .arguments()
                    .getOrDefault("SOURCE_DATE_EPOCH", System.getenv("SOURCE_DATE_EPOCH"))),
            Math.floorDiv(System.currentTimeMillis(), 1000L));
    try (Lease lease = new Leases(environment.dirs(), environment.locks()).begin();
        Contexts contexts =
            new Contexts(
                request,
                cache,
                environment.limits(),
                (name, platform) -> environment.images().find(name, platform, request.isPull()))) {
      contexts.open();
      byte[] text = contexts.containerfile();
      try {
        return build(request, contexts, lease, names, outputs, times);
      } catch (PhylloException e) {
        if (At.of(e).isPresent()) {
          String source = new String(text, StandardCharsets.UTF_8);
          request.progress().failedAt(Excerpt.of(At.of(e).get(), source));
        }
        throw e;
      }
    }
  }

  private BuildResult build(
      BuildRequest request,
      Contexts contexts,
      Lease lease,
      List<Reference> names,
      List<Outputs.Output> outputs,
      Times times) {
    Containerfile file = Containerfile.parse(contexts.containerfile(), contexts.fileName());
    List<Platform> platforms =
        request.platforms().isEmpty() ? List.of(Platform.host()) : request.platforms();
    BuildGraph graph = graph(request, file, platforms);
    StepCache steps =
        new StepCache(
            cache,
            environment.content().under(lease),
            request.isNoCache(),
            request.isExplain(),
            contexts.place());
    BuildJob job = new BuildJob(environment, request, contexts, steps, lease, times);
    new CacheExchange(job).read(request.cacheFrom());
    List<ImageWriter.Written> images = new ArrayList<>();
    List<StageState> states = new ArrayList<>();
    for (int i = 0; i < platforms.size(); i++) {
      Solver solver = new Solver(job, file, graph.targets().get(i), platforms.get(i));
      StageState state = solver.build();
      List<Layer> layers = request.isSquash() ? new Squash(job).squash(state) : state.layers();
      images.add(new ImageWriter(job).write(state, layers));
      states.add(state);
    }
    contexts.remember();
    Descriptor target =
        images.size() == 1 ? images.getFirst().manifest() : index(job, images, platforms);
    new CacheExchange(job).write(request.cacheTo());
    List<String> canonical =
        Outputs.isNamed(outputs)
            ? name(names, target)
            : names.stream().map(Reference::canonical).toList();
    new Outputs(job, outputs).write(names, target, states);
    return new BuildResult(canonical, target, images.getFirst().config().digest());
  }

  /** What has to be built, known to be possible as far as the text and the arguments say. */
  private static BuildGraph graph(
      BuildRequest request, Containerfile file, List<Platform> platforms) {
    BuildGraph graph =
        BuildGraph.of(
            new GraphRequest(
                file,
                request.target(),
                request.arguments(),
                Platform.host(),
                platforms,
                request.contexts().keySet(),
                GraphRequest.Triggers.NONE));
    for (Warning warning : graph.warnings()) {
      request.progress().warning(warning.toString());
    }
    Checks.enforce(file, graph.warnings());
    return graph;
  }

  private Descriptor index(
      BuildJob job, List<ImageWriter.Written> images, List<Platform> platforms) {
    List<Descriptor> manifests = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      manifests.add(images.get(i).manifest().withPlatform(platforms.get(i)));
    }
    byte[] bytes = Index.of(manifests).toBytes();
    Descriptor target = Descriptor.of(dev.phyllo.oci.MediaTypes.OCI_INDEX, bytes);
    job.content().ingest(target, new ByteArrayInputStream(bytes));
    return target;
  }

  /** The last thing that happens: whoever sees the name finds everything below it. */
  private List<String> name(List<Reference> names, Descriptor target) {
    List<String> canonical = new ArrayList<>();
    List<Image> images = new ArrayList<>();
    for (Reference name : names) {
      canonical.add(name.canonical());
      Optional<Image> now = environment.names().find(name);
      if (now.isEmpty() || !now.get().target().digest().equals(target.digest())) {
        images.add(new Image(name.canonical(), target));
      }
    }
    if (names.isEmpty()) {
      images.add(Image.unnamed(target));
    }
    environment.names().put(images);
    return canonical;
  }

  /** A name for something new. */
  private static Reference nameOf(String text) {
    Reference name = Reference.parse(text);
    if (name.digest().isPresent()) {
      throw new UsageException(
          "--tag " + text, "a name with a digest cannot be given, only found", "write NAME:TAG");
    }
    return name;
  }
}
