package dev.phyllo.engine;

import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.store.Image;

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
      engine.registries().pull(PullRequest.of(request.image()));
    }
    try {
      return images.find(request.image());
    } catch (NotFoundException e) {
      if (policy == PullPolicy.NEVER) {
        throw e;
      }
      request.life().longWorkComes();
      return pulled(request.image(), images, engine, e);
    }
  }

  private static Image pulled(
      String name, Images images, Phyllo engine, NotFoundException missing) {
    try {
      engine.registries().pull(PullRequest.of(name));
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
    return images.find(name);
  }
}
