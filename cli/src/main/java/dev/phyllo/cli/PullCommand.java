package dev.phyllo.cli;

import dev.phyllo.engine.PullRequest;
import dev.phyllo.engine.Pulled;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/** {@code pull}: images from a registry. */
final class PullCommand implements Command {
  private static final int MOST_PARALLEL = 64;

  PullCommand() {}

  @Override
  public Syntax syntax() {
    return RegistryFlags.add(
            new Syntax("pull [OPTIONS] IMAGE...", "Bring images from a registry")
                .value(null, "platform", "OS/ARCH", "Take the image for this platform of an index")
                .flag(null, "all-platforms", "Keep the images for all platforms")
                .flag("a", "all-tags", "Bring every tag of the repository")
                .flag(null, "no-unpack", "Keep the content only; unpack when it is first run")
                .value(null, "parallel", "N", "Bring so many blobs at once (4)")
                .flag("q", "quiet", "Print only the names"))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo pull busybox")
        .example("phyllo pull --platform linux/arm64 registry.example.com/app:1")
        .example("phyllo pull 127.0.0.1:5000/app@sha256:…");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    boolean quiet = arguments.has("quiet");
    List<Pulled> pulled = new ArrayList<>();
    // One engine for all, so one watch; what was pulled is said even if the next one fails.
    try (Session.Watching _ = session.watch(quiet)) {
      for (String image : images(arguments, session)) {
        pulled.add(session.engine().registries().pull(request(image, arguments)));
      }
    } finally {
      pulled.forEach(one -> print(one, quiet, session));
    }
    return 0;
  }

  /** What to pull: the images named, or with --all-tags all of their repositories. */
  private static List<String> images(Arguments arguments, Session session) {
    if (!arguments.has("all-tags")) {
      return arguments.words();
    }
    List<String> all = new ArrayList<>();
    for (String word : arguments.words()) {
      Reference repository = AllTags.repository(bare(word));
      for (String tag :
          session.engine().registries().tags(repository, RegistryFlags.options(arguments))) {
        all.add(repository.repository() + ":" + tag);
      }
    }
    return all;
  }

  private static PullRequest request(String image, Arguments arguments) {
    PullRequest request =
        PullRequest.of(bare(image))
            .withAllPlatforms(arguments.has("all-platforms"))
            .withParallel(parallel(arguments))
            .withRegistry(RegistryFlags.options(arguments));
    if (arguments.value("platform").isPresent()) {
      request = request.withPlatform(Platform.parse(arguments.value("platform").get()));
    }
    return arguments.has("no-unpack") ? request.withoutUnpacking() : request;
  }

  /** Docker's words, which scripts look for. */
  private static void print(Pulled pulled, boolean quiet, Session session) {
    if (!quiet) {
      String familiar = Reference.parse(pulled.name()).familiar();
      session.println("Digest: " + pulled.digest());
      session.println(
          pulled.isNew()
              ? "Status: Downloaded newer image for " + familiar
              : "Status: Image is up to date for " + familiar);
    }
    session.println(pulled.name());
  }

  /** As skopeo's users write it. */
  static String bare(String image) {
    return image.startsWith("docker://") ? image.substring("docker://".length()) : image;
  }

  static int parallel(Arguments arguments) {
    if (arguments.value("parallel").isEmpty()) {
      return PullRequest.of("x").parallel();
    }
    String text = arguments.value("parallel").get();
    try {
      int count = Integer.parseInt(text);
      if (count >= 1 && count <= MOST_PARALLEL) {
        return count;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new UsageException(
        "--parallel=" + text, "not a number from 1 to " + MOST_PARALLEL, "correct it");
  }
}
