package dev.phyllo.engine;

import dev.phyllo.transports.ImageCopy;

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

  /**
   * Pushes an image: what the registry has is not sent, or taken over from another of its
   * repositories; the name comes last.
   *
   * @throws dev.phyllo.oci.NotFoundException if the store has no such image, or of an index not all
   */
  public ImageCopy.Copied push(PushRequest request) {
    return new Copying(engine).push(request);
  }

  /** Copies an image from any place to any other; see {@link ImageCopy}. */
  public ImageCopy.Copied copy(CopyRequest request) {
    return new Copying(engine).copy(request);
  }
}
