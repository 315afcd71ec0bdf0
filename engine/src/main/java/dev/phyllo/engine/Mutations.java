package dev.phyllo.engine;

import dev.phyllo.build.SourceDate;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.Ingest;
import dev.phyllo.store.Lease;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Makes new images of those in the store, out of their blobs alone: nothing is unpacked before the
 * new image is run, and layers that stay keep their digests.
 */
public final class Mutations {
  private static final Digest.Algorithm SHA256 = Digest.Algorithm.SHA256;

  private final Phyllo engine;

  Mutations(Phyllo engine) {
    this.engine = engine;
  }

  /**
   * What a new image is called and says besides.
   *
   * @param name its name; by default that of the image it is made of, which loses it
   * @param edit what to change in its config
   * @param annotations what to add to its manifest's
   */
  public record Target(Optional<String> name, ConfigEdit edit, Map<String, String> annotations) {
    /** Keeps a copy. */
    public Target {
      annotations = Map.copyOf(annotations);
    }
  }

  /** An image in the making. */
  private record Draft(ImageConfig config, List<Descriptor> layers, List<Digest> diffIds) {}

  /** Changes nothing but the config and the manifest's annotations. */
  public Made configure(String image, Target target) {
    return make(image, target, (draft, _) -> draft);
  }

  /** Puts layers on top, each a tar archive, compressed or not, which is kept as it is. */
  public Made append(String image, List<Path> files, Target target) {
    return make(
        image,
        target,
        (draft, lease) -> {
          List<Descriptor> layers = new ArrayList<>(draft.layers());
          List<Digest> diffIds = new ArrayList<>(draft.diffIds());
          List<History> history = draft.config().wholeHistory();
          for (Path file : files) {
            LayerFile layer = engine.byHand().readLayer(file);
            try (InputStream in = Files.newInputStream(file)) {
              engine.content().under(lease).ingest(layer.blob(), in);
            } catch (IOException e) {
              throw new SystemException(file.toString(), e);
            }
            layers.add(layer.blob());
            diffIds.add(layer.diffId());
            history.add(ByHand.madeBy("layer " + file.getFileName(), date()));
          }
          return new Draft(with(draft.config(), history), layers, diffIds);
        });
  }

  /**
   * Takes a layer away.
   *
   * @param layer its number as {@link Phyllo#layers} counts, 0 at the base; or the beginning of its
   *     digest or diffID
   */
  public Made drop(String image, String layer, Target target) {
    return make(
        image,
        target,
        (draft, _) -> {
          int number = number(draft, layer);
          List<Descriptor> layers = new ArrayList<>(draft.layers());
          List<Digest> diffIds = new ArrayList<>(draft.diffIds());
          List<History> history = draft.config().wholeHistory();
          layers.remove(number);
          diffIds.remove(number);
          history.remove(historyOf(history, number));
          return new Draft(with(draft.config(), history), layers, diffIds);
        });
  }

  /**
   * Puts the layers that an image has above one base onto another, such as a base with its errors
   * corrected. The config stays the image's own.
   *
   * @throws InvalidException if the image does not stand on the old base
   */
  public Made rebase(String image, String oldBase, String newBase, Target target) {
    return make(
        image,
        target,
        (draft, lease) -> {
          ImageDetails from = engine.image(oldBase);
          ImageDetails to = engine.image(newBase);
          int kept = from.config().diffIds().size();
          if (draft.diffIds().size() < kept
              || !draft.diffIds().subList(0, kept).equals(from.config().diffIds())) {
            throw new InvalidException(
                image,
                "does not stand on " + oldBase + ": its lowest layers are others",
                "phyllo layers shows those of both");
          }
          protect(lease, to);
          List<Descriptor> layers = inOci(to.manifest().layers());
          List<Digest> diffIds = new ArrayList<>(to.config().diffIds());
          List<History> history = to.config().wholeHistory();
          layers.addAll(draft.layers().subList(kept, draft.layers().size()));
          diffIds.addAll(draft.diffIds().subList(kept, draft.diffIds().size()));
          List<History> own = draft.config().wholeHistory();
          history.addAll(own.subList(baseLines(own, from.config(), kept), own.size()));
          ImageConfig config = with(draft.config(), history);
          return new Draft(
              new ImageConfig(
                  to.config().platform(),
                  config.created(),
                  config.author(),
                  config.process(),
                  diffIds,
                  history,
                  config.extra()),
              layers,
              diffIds);
        });
  }

  /** Makes one layer of all: what is seen, without what later layers hide. */
  public Made flatten(String image, Target target) {
    ImageView view = engine.views().view(image);
    return make(
        image,
        target,
        (draft, lease) -> {
          MessageDigest hash = SHA256.newMessageDigest();
          try (Ingest ingest = engine.content().under(lease).begin(SHA256)) {
            OutputStream compressed = Compression.GZIP.compress(ingest.out());
            try (TarWriter tar = new TarWriter(new DigestOutputStream(compressed, hash))) {
              Flattening.write(engine, view, tar);
            }
            Descriptor blob =
                ingest.commit(
                    Compression.GZIP.layerMediaType(), Optional.empty(), Optional.empty());
            List<History> history =
                List.of(ByHand.madeBy("flatten " + draft.layers().size() + " layers", date()));
            return new Draft(
                with(draft.config(), history),
                List.of(blob),
                List.of(Digest.of(SHA256, hash.digest())));
          }
        });
  }

  @FunctionalInterface
  private interface Change {
    Draft apply(Draft draft, Lease lease);
  }

  private Made make(String image, Target target, Change change) {
    try (Lease lease = engine.leases().begin()) {
      ImageDetails from = engine.image(image);
      protect(lease, from);
      Draft draft =
          change.apply(
              new Draft(from.config(), inOci(from.manifest().layers()), from.config().diffIds()),
              lease);
      ImageConfig config = draft.config();
      Optional<String> created = date().or(config::created);
      ImageConfig changed =
          new ImageConfig(
              config.platform(),
              created,
              config.author(),
              target.edit().applyTo(config.process()),
              draft.diffIds(),
              config.history(),
              config.extra());
      Map<String, String> annotations = new LinkedHashMap<>(from.manifest().annotations());
      annotations.putAll(target.annotations());
      return MakingImages.name(
          engine, lease, name(image, from, target), changed, draft.layers(), annotations);
    }
  }

  /** The new name; an image that is found by its id alone keeps having none. */
  private static Optional<Reference> name(String image, ImageDetails from, Target target) {
    if (target.name().isPresent()) {
      return target.name().map(Committing::nameOf);
    }
    if (Images.isWholeId(image)) {
      return Optional.empty();
    }
    Reference asked = Reference.parse(image);
    return from.names().contains(asked.canonical()) ? Optional.of(asked) : Optional.empty();
  }

  private static void protect(Lease lease, ImageDetails image) {
    lease.protect(image.manifestDescriptor().digest());
    lease.protect(image.manifest().config().digest());
    for (Descriptor layer : image.manifest().layers()) {
      lease.protect(layer.digest());
    }
  }

  private static List<Descriptor> inOci(List<Descriptor> layers) {
    List<Descriptor> result = new ArrayList<>();
    for (Descriptor layer : layers) {
      result.add(layer.asLayer(false));
    }
    return result;
  }

  private static ImageConfig with(ImageConfig config, List<History> history) {
    return new ImageConfig(
        config.platform(),
        config.created(),
        config.author(),
        config.process(),
        config.diffIds(),
        history,
        config.extra());
  }

  private static int number(Draft draft, String layer) {
    if (layer.length() < 4) {
      try {
        int number = Integer.parseInt(layer);
        if (number >= 0 && number < draft.layers().size()) {
          return number;
        }
      } catch (NumberFormatException _) {
        // Said below.
      }
    } else {
      String hex = layer.startsWith("sha256:") ? layer.substring(7) : layer;
      List<Integer> found = new ArrayList<>();
      for (int i = 0; i < draft.layers().size(); i++) {
        if (draft.layers().get(i).digest().hex().startsWith(hex)
            || draft.diffIds().get(i).hex().startsWith(hex)) {
          found.add(i);
        }
      }
      if (found.size() == 1) {
        return found.getFirst();
      }
      if (found.size() > 1) {
        throw new UsageException(layer, "more than one layer has a digest like this", "write more");
      }
    }
    throw new UsageException(
        layer, "no such layer", "give a number or a digest that phyllo layers shows");
  }

  /** The line of the history that a layer has. */
  private static int historyOf(List<History> history, int layer) {
    int left = layer;
    for (int i = 0; i < history.size(); i++) {
      if (!history.get(i).emptyLayer() && left-- == 0) {
        return i;
      }
    }
    throw new IllegalStateException("a layer without a line");
  }

  /**
   * How many lines at the start are the base's: as many as it has itself, or as its layers need.
   */
  private static int baseLines(List<History> history, ImageConfig base, int layers) {
    List<History> lines = base.wholeHistory();
    if (history.size() >= lines.size() && history.subList(0, lines.size()).equals(lines)) {
      return lines.size();
    }
    return layers == 0 ? 0 : historyOf(history, layers - 1) + 1;
  }

  /** When an image made now was made, if that is decided from outside. */
  private static Optional<String> date() {
    OptionalLong date = SourceDate.fromEnvironment();
    return date.isPresent() ? Optional.of(MakingImages.created(date)) : Optional.empty();
  }
}
