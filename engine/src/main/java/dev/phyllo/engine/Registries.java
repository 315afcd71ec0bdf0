package dev.phyllo.engine;

/**
 * Everything an engine does with registries.
 *
 * <pre>{@code
 * Pulled busybox = engine.registries().pull(PullRequest.of("busybox"));
 * }</pre>
 *
 * <p>Each call opens its own connections and ends them. All methods may be called from any thread.
 */
public final class Registries {
  private final Phyllo engine;

  Registries(Phyllo engine) {
    this.engine = engine;
  }

  /**
   * Pulls an image: several blobs at once, each verified as it arrives and unpacked as soon as it
   * is there, the name last. What the store has costs nothing, and what an attempt that broke off
   * has brought is not fetched again.
   *
   * @throws dev.phyllo.oci.NotFoundException if the registry has no such image
   * @throws dev.phyllo.oci.UnsupportedException if it has none for the platform
   * @throws dev.phyllo.oci.CorruptException if what it sends is not what it says
   */
  public Pulled pull(PullRequest request) {
    return new Pulling(engine).pull(request);
  }
}
