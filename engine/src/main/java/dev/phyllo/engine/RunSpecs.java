package dev.phyllo.engine;

import dev.phyllo.containers.ContainerImage;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Network;
import dev.phyllo.containers.NetworkSpec;
import dev.phyllo.containers.ProcessSpec;
import dev.phyllo.containers.SecuritySpec;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.Image;
import dev.phyllo.store.Unpacked;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Merges what the caller of {@code run} wants with what the image says, by docker's rules. */
final class RunSpecs {
  private RunSpecs() {}

  /**
   * What a container is to be as it was asked for; an image that is not here is pulled, one that is
   * not unpacked, unpacked.
   */
  static ContainerSpec of(RunRequest request, Containers containers, Phyllo engine) {
    if (request.storage().hasRoot()) {
      return withoutImage(resolved(request, containers));
    }
    Images images = engine.imageReader();
    Image image = RunImage.of(request, images, engine);
    Unpacked layers = engine.unpacking().of(image, request.life());
    ImageConfig config = images.config(layers.config());
    if (!config.platform().os().equals("linux") && !config.platform().os().isEmpty()) {
      throw new UnsupportedException(
          request.image(),
          "an image for " + config.platform() + " does not run on Linux",
          "take one for Linux: --platform");
    }
    String name = image.isNamed() ? image.name() : layers.config().toString();
    return merge(resolved(request, containers), name, layers, config);
  }

  /** What it has of other containers' becomes its own words. */
  private static RunRequest resolved(RunRequest request, Containers containers) {
    request.storage().borrow(containers);
    request.network().resolve(containers);
    request.security().resolve(containers, request.network());
    return request;
  }

  static ContainerSpec merge(
      RunRequest request, String image, Unpacked unpacked, ImageConfig config) {
    Optional<Digest> top =
        unpacked.chainIds().isEmpty()
            ? Optional.empty()
            : Optional.of(unpacked.chainIds().getLast());
    return merge(
        request,
        new ContainerImage(image, unpacked.manifest(), unpacked.config(), top),
        config.process());
  }

  /** The same for one whose root is a directory: nobody says anything but the caller. */
  static ContainerSpec withoutImage(RunRequest request) {
    return merge(request, ContainerImage.none(), ProcessConfig.EMPTY);
  }

  private static ContainerSpec merge(
      RunRequest request, ContainerImage image, ProcessConfig defaults) {
    List<String> env = new ArrayList<>();
    if (request.life().hasTty()) {
      env.add("TERM=xterm");
    }
    env.addAll(defaults.env());
    for (String assignment : request.env()) {
      if (assignment.isEmpty() || assignment.startsWith("=") || assignment.indexOf('\0') >= 0) {
        throw new UsageException("-e " + assignment, "not NAME=value", "write -e NAME=value");
      }
      if (assignment.indexOf('=') >= 0) {
        env.add(assignment);
      } else {
        String own = System.getenv(assignment);
        if (own != null) {
          env.add(assignment + "=" + own);
        }
      }
    }
    SecuritySpec security = request.security().spec();
    NetworkSpec network = request.network().spec(defaults.exposedPorts());
    security
        .namespaces()
        .check(network.mode() == Network.HOST || network.mode() == Network.CONTAINER);
    return new ContainerSpec(
        image,
        new ProcessSpec(
            args(request, defaults, image.name()),
            env,
            workingDir(request, defaults),
            request.user().orElse(defaults.user()),
            request.hasStdin(),
            request.life().hasTty()),
        security,
        request.resources().spec(),
        request.storage().spec(defaults.volumes()),
        network,
        request.life().spec(defaults, request.hasInit() ? InitProgram.find().toString() : ""));
  }

  private static List<String> args(RunRequest request, ProcessConfig defaults, String image) {
    List<String> args = new ArrayList<>();
    if (request.entrypoint().isPresent()) {
      // A new entrypoint takes the image's command with it: it was written for the old one.
      if (!request.entrypoint().get().isEmpty()) {
        args.add(request.entrypoint().get());
      }
      args.addAll(request.args());
    } else {
      args.addAll(defaults.entrypoint());
      args.addAll(request.args().isEmpty() ? defaults.cmd() : request.args());
    }
    if (args.isEmpty() && image.isEmpty()) {
      throw new UsageException(
          "--rootfs", "a directory names no command", "write one: phyllo run --rootfs DIR COMMAND");
    }
    if (args.isEmpty()) {
      throw new UsageException(
          image, "the image names no command", "write one: phyllo run " + image + " COMMAND");
    }
    return args;
  }

  private static String workingDir(RunRequest request, ProcessConfig defaults) {
    String dir = request.workingDir().orElse(defaults.workingDir());
    if (dir.isEmpty()) {
      return "/";
    }
    if (!dir.startsWith("/")) {
      if (request.workingDir().isPresent()) {
        throw new UsageException("-w " + dir, "not an absolute path", "begin it with /");
      }
      dir = "/" + dir;
    }
    return dir;
  }
}
