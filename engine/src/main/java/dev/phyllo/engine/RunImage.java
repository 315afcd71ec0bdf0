package dev.phyllo.engine;

import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.store.Image;
import java.util.Optional;

/** The image that {@code run} is to run, from the store or from its registry. */
final class RunImage {
  private RunImage() {}

  /**
   * The image, pulled as the request says.
   *
   * @throws NotFoundException if it is in neither place
   */
  static Image of(RunRequest request, Images images, Phyllo engine) {
    PullPolicy policy = request.life().pull();
    if (policy == PullPolicy.ALWAYS) {
      request.life().longWorkComes();
      engine.registries().pull(wanted(request));
    }
    try {
      Image image = images.find(request.image());
      Optional<Platform> platform = request.life().platform();
      if (platform.isEmpty() || isFor(platform.get(), image, images)) {
        return image;
      }
      throw new NotFoundException(
          request.image(),
          "the image that is here is not for " + platform.get(),
          "phyllo pull --platform " + platform.get() + " " + request.image());
    } catch (NotFoundException e) {
      if (policy == PullPolicy.NEVER) {
        throw e;
      }
      request.life().longWorkComes();
      return pulled(request, images, engine, e);
    }
  }

  private static PullRequest wanted(RunRequest request) {
    PullRequest pull = PullRequest.of(request.image());
    Optional<Platform> platform = request.life().platform();
    return platform.isEmpty() ? pull : pull.withPlatform(platform.get());
  }

  /** Whether there is an image for the platform; one that does not say what it is for fits all. */
  private static boolean isFor(Platform platform, Image image, Images images) {
    try {
      Images.Chosen chosen = images.choose(image.target(), platform);
      Platform own = images.config(chosen.manifest()).platform();
      return own.architecture().isEmpty() || own.matches(platform);
    } catch (NotFoundException _) {
      return false;
    }
  }

  private static Image pulled(
      RunRequest request, Images images, Phyllo engine, NotFoundException missing) {
    try {
      engine.registries().pull(wanted(request));
    } catch (PhylloException e) {
      NotFoundException both =
          new NotFoundException(
              missing.thing(),
              missing.why() + ", and pulling it failed: " + e.thing() + ": " + e.why(),
              e.remedy().isEmpty() ? missing.remedy() : e.remedy(),
              e);
      both.addSuppressed(missing);
      throw both;
    }
    return images.find(request.image());
  }
}
