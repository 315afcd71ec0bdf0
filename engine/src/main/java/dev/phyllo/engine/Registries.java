package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.transports.ImageCopy;
import dev.phyllo.transports.Place;
import dev.phyllo.transports.registry.Credentials;
import dev.phyllo.transports.registry.DockerConfig;
import dev.phyllo.transports.registry.RegistryOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

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

  /** Copies a list of images to a registry or a directory, and later only what has changed. */
  public List<Synced> sync(SyncRequest request, Consumer<Synced> listener) {
    return new Syncing(engine, request).sync(listener);
  }

  /**
   * What is said of an image in any place, without bringing it.
   *
   * @param platform the image to look at of an index; without it, this machine's
   * @param withTags whether to ask a registry for the repository's tags too
   */
  public RemoteImage inspect(
      Place place, Optional<Platform> platform, boolean withTags, RegistryOptions options) {
    return new Looking(engine, options).inspect(place, platform, withTags);
  }

  /** Computes everything that an image in any place says of itself; nothing is kept. */
  public List<Verified> verify(Place place, RegistryOptions options) {
    return new Looking(engine, options).verify(place);
  }

  /** The tags of a repository, in the registry's order. */
  public List<String> tags(Reference repository, RegistryOptions options) {
    return new Looking(engine, options).tags(repository);
  }

  /** What refers to an image in a registry: signatures, bills of material. */
  public List<Descriptor> referrers(
      Reference image, Optional<String> artifactType, RegistryOptions options) {
    return new Looking(engine, options).referrers(image, artifactType);
  }

  /**
   * Removes a tag in a registry; where the registry cannot remove a tag alone, the manifest.
   *
   * @return the digest of the manifest if that was removed
   */
  public Optional<Digest> delete(Reference image, RegistryOptions options) {
    return new Looking(engine, options).delete(image);
  }

  /**
   * Tries credentials at a registry and keeps them where docker does.
   *
   * @param host its host and port
   * @return where they are kept now
   * @throws dev.phyllo.oci.InvalidException if the registry does not take them
   */
  public String login(String host, Credentials credentials, RegistryOptions options) {
    new Looking(engine, options.withCredentials(credentials)).checkLogin(host);
    DockerConfig config = options.authFile().map(DockerConfig::at).orElseGet(DockerConfig::usual);
    return config.store(host, credentials);
  }
}
