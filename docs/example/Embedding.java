import dev.phyllo.build.BuildRequest;
import dev.phyllo.build.BuildResult;
import dev.phyllo.engine.CopyRequest;
import dev.phyllo.engine.EngineOptions;
import dev.phyllo.engine.ImageSummary;
import dev.phyllo.engine.LoadRequest;
import dev.phyllo.engine.Loaded;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.engine.PullPolicy;
import dev.phyllo.engine.RunRequest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.transports.Place;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Phyllo in a program of one's own: load, bring from a layout, run, build.
 *
 * <p>Everything the command does is behind {@link Phyllo}. What it needs is on the class path or
 * the module path ({@code requires dev.phyllo.engine}) and {@code --enable-native-access}; mounting
 * and running need root, or to be root of a user namespace ({@code phyllo unshare java …}).
 */
public final class Embedding {
  private final Phyllo engine;

  /** An engine keeps everything below one directory, and opening it costs nothing. */
  Embedding(Path root) {
    engine = Phyllo.open(EngineOptions.at(root));
  }

  /** An archive of docker, podman or skopeo: its images are verified, unpacked, and then named. */
  List<String> load(Path archive) {
    for (Loaded image : engine.load(LoadRequest.of(archive))) {
      System.out.println("loaded " + image.names() + ", " + image.layers() + " layers");
    }
    return engine.images().stream().map(ImageSummary::name).toList();
  }

  /** From any place to any other: a registry would be {@code docker://NAME}. */
  void bring(Path layout, String tag, String name) {
    Place from = Place.parse("oci:" + layout + ":" + tag);
    var copied = engine.registries().copy(CopyRequest.of(from, Place.parse("phyllo:" + name)));
    System.out.println("copied " + copied.sent() + " blobs, had " + copied.present());
  }

  /** What a container writes, as text; its root and its record are gone when it has ended. */
  String run(String image, String... command) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    RunRequest request = new RunRequest(image, List.of(command)).env("WHO=you").remove(true);
    request.life().pull(PullPolicy.NEVER); // only what is here already
    request.network().network("none");
    int status = engine.run(request, out, err);
    if (status != 0) {
      throw new IllegalStateException(
          "exit status " + status + ": " + err.toString(StandardCharsets.UTF_8));
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /** The context's Containerfile or Dockerfile becomes an image of this name. */
  String build(Path context, String name) {
    BuildResult result =
        engine
            .builds()
            .build(new BuildRequest(context.toString()).name(name).network("none"));
    return result.id().toString();
  }

  /**
   * Errors are of one family and say three things, by which a program can act and a person can
   * help himself.
   */
  String why(String image) {
    try {
      return run(image, "true");
    } catch (NotFoundException e) {
      return "there is no " + e.thing();
    } catch (PhylloException e) {
      return e.thing() + " | " + e.why() + " | " + e.remedy();
    }
  }

  /**
   * Shows it.
   *
   * @param args a directory for the engine, an archive with an image called {@code tools} that has a
   *     shell, a layout with an image tagged {@code tools}, and the context of a build
   */
  public static void main(String[] args) {
    Embedding example = new Embedding(Path.of(args[0]));
    System.out.println("images: " + example.load(Path.of(args[1])));
    example.bring(Path.of(args[2]), "tools", "brought");
    System.out.print(example.run("brought", "/bin/sh", "-c", "echo hello $WHO"));
    System.out.println("built " + example.build(Path.of(args[3]), "made"));
    System.out.print(example.run("made", "/bin/cat", "/greeting"));
    System.out.println(example.why("nowhere"));
  }
}
