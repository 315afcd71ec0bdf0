package dev.phyllo.engine;

import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Image;
import dev.phyllo.store.ImageStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From a name or an id to a manifest, a config and what they point to. */
final class Images {
  /** How deep an index may point to indexes. */
  private static final int MAX_NESTING = 8;

  private final ContentStore content;
  private final ImageStore names;

  Images(ContentStore content, ImageStore names) {
    this.content = content;
    this.names = names;
  }

  /**
   * Finds an image by name, or by the start of its id.
   *
   * @throws NotFoundException if there is none
   */
  Image find(String nameOrId) {
    if (!isWholeId(nameOrId)) {
      // A name wins over the start of an id, as in docker.
      Optional<Image> named = names.find(Reference.parse(nameOrId));
      if (named.isPresent()) {
        return named.get();
      }
    }
    String hex = nameOrId.startsWith("sha256:") ? nameOrId.substring(7) : nameOrId;
    if (isHex(hex) && hex.length() >= 4) {
      List<Image> found = new ArrayList<>();
      for (Image image : names.list()) {
        if (hasId(image, hex) && (found.isEmpty() || !sameTarget(found.getFirst(), image))) {
          found.add(image);
        }
      }
      if (found.size() == 1) {
        return found.getFirst(); // a name of it, if it has one: the store lists those first
      }
      if (found.size() > 1) {
        throw new UsageException(
            nameOrId, "more than one image has an id like this", "write more of it");
      }
    }
    throw new NotFoundException(
        nameOrId, "no such image", "phyllo images lists them; phyllo load brings one in");
  }

  /** The manifest's descriptor and content that a target means on a platform. */
  record Chosen(Descriptor descriptor, Manifest manifest) {}

  /**
   * Follows indexes down to the manifest for a platform.
   *
   * @throws NotFoundException if the image is not for that platform
   */
  Chosen choose(Descriptor target, Platform platform) {
    return choose(target, platform, 0)
        .orElseThrow(() ->
            new NotFoundException(
                target.digest().toString(),
                "the image has no manifest for " + platform,
                "load it again with --platform or --all-platforms"));
  }

  private Optional<Chosen> choose(Descriptor target, Platform platform, int depth) {
    if (depth > MAX_NESTING) {
      throw new InvalidException(
          target.digest().toString(),
          "indexes nested deeper than " + MAX_NESTING,
          "name an image in it by its digest");
    }
    byte[] bytes = content.readTrusted(target.digest(), JsonCodec.MAX_BYTES);
    if (!MediaTypes.isIndex(target.mediaType())) {
      return Optional.of(new Chosen(target, Manifest.parse(bytes, target.digest().toString())));
    }
    for (Descriptor d : Index.parse(bytes, target.digest().toString()).manifests()) {
      boolean fits = d.platform().map(p -> p.matches(platform)).orElse(true);
      boolean image = MediaTypes.isManifest(d.mediaType()) || MediaTypes.isIndex(d.mediaType());
      if (fits && image && content.has(d.digest())) {
        Optional<Chosen> chosen = choose(d, platform, depth + 1);
        if (chosen.isPresent()) {
          return chosen;
        }
      }
    }
    return Optional.empty();
  }

  /** The config of a manifest. */
  ImageConfig config(Manifest manifest) {
    return config(manifest.config().digest());
  }

  /** The config with this digest. */
  ImageConfig config(Digest digest) {
    try {
      return ImageConfig.parse(content.readTrusted(digest, JsonCodec.MAX_BYTES), digest.toString());
    } catch (InvalidException e) {
      e.advise(Advice.STORED);
      throw e;
    }
  }

  /**
   * A failed start, with the reason if the image is for other machines. Nothing is refused before:
   * the kernel may have an interpreter for it (binfmt_misc).
   */
  StartException explained(StartException e, Digest config) {
    if (e.exitStatus() != StartException.NOT_EXECUTABLE || !content.has(config)) {
      return e; // a container whose root is a directory has no config
    }
    Platform platform = config(config).platform();
    Platform host = Platform.host();
    if (platform.matches(host)) {
      return e;
    }
    return new StartException(
        e.thing(),
        e.why() + "; the image is for " + platform + " and this machine is " + host,
        "load the image for " + host + ", or install an emulator with binfmt_misc",
        e.exitStatus(),
        e);
  }

  /** Everything about an image. */
  ImageDetails details(String nameOrId, Platform platform) {
    Image image = find(nameOrId);
    Chosen chosen = chooseOrAny(image.target(), platform);
    ImageConfig config = config(chosen.manifest());
    List<String> all = new ArrayList<>();
    for (Image other : names.list()) {
      if (sameTarget(other, image) && other.isNamed()) {
        all.add(other.name());
      }
    }
    return new ImageDetails(
        all,
        image.target(),
        chosen.descriptor(),
        chosen.manifest(),
        config,
        ChainId.of(config.diffIds()));
  }

  /** Every image, by name; those without a name last. */
  List<ImageSummary> summaries(Platform platform) {
    List<ImageSummary> list = new ArrayList<>();
    for (Image image : names.list()) {
      Chosen chosen = chooseOrAny(image.target(), platform);
      ImageConfig config = config(chosen.manifest());
      long size = chosen.manifest().config().size();
      for (Descriptor layer : chosen.manifest().layers()) {
        size += layer.size();
      }
      list.add(
          new ImageSummary(
              image.name(),
              image.target(),
              chosen.descriptor().digest(),
              chosen.manifest().config().digest(),
              config.platform(),
              config.created(),
              size));
    }
    return list; // as the store has it: by name, those without a name last
  }

  /** To look at, an image of another platform is better than none. */
  Chosen chooseOrAny(Descriptor target, Platform platform) {
    Optional<Chosen> chosen = choose(target, platform, 0);
    if (chosen.isPresent()) {
      return chosen.get();
    }
    byte[] bytes = content.readTrusted(target.digest(), JsonCodec.MAX_BYTES);
    for (Descriptor d : Index.parse(bytes, target.digest().toString()).manifests()) {
      if (MediaTypes.isManifest(d.mediaType()) && content.has(d.digest())) {
        return choose(d, platform);
      }
    }
    return choose(target, platform);
  }

  private boolean hasId(Image image, String hexPrefix) {
    if (image.target().digest().hex().startsWith(hexPrefix)) {
      return true;
    }
    Chosen chosen = chooseOrAny(image.target(), Platform.host()); // the one whose id is listed
    return chosen.manifest().config().digest().hex().startsWith(hexPrefix)
        || chosen.descriptor().digest().hex().startsWith(hexPrefix);
  }

  private static boolean sameTarget(Image a, Image b) {
    return a.target().digest().equals(b.target().digest());
  }

  /** Whether it can only be an id: {@code sha256:} and hex digits, or 64 of them. */
  static boolean isWholeId(String nameOrId) {
    return nameOrId.startsWith("sha256:") || nameOrId.length() >= 64 && isHex(nameOrId);
  }

  private static boolean isHex(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
