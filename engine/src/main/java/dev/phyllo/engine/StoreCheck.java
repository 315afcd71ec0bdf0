package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.Image;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Looks at the image layout: its own files, every blob, and where every name leads. */
final class StoreCheck {
  private static final String AGAIN = "load or pull the image again";

  private final Phyllo engine;
  private final Findings findings;
  private final ContentStore content;
  private final NamespaceDirs dirs;
  private final Set<Digest> damaged = new HashSet<>();

  StoreCheck(Phyllo engine, Findings findings) {
    this.engine = engine;
    this.findings = findings;
    this.content = engine.content();
    this.dirs = engine.dirs();
  }

  /** The blobs that are not what their names say. */
  Set<Digest> damaged() {
    return damaged;
  }

  /**
   * Looks at the layout's two files.
   *
   * @return whether the names can be read now
   */
  boolean checkLayout() {
    if (!Files.exists(dirs.index())
        && !Files.exists(dirs.ociLayout())
        && content.list().isEmpty()) {
      return true; // nothing has been loaded yet, or a first load was interrupted
    }
    if (!Files.exists(dirs.index())) {
      findings.repairable(
          dirs.index().toString(),
          "missing, and with it the names of all images",
          "doctor --repair lists the images again, without those names",
          this::rebuildIndex);
    } else {
      try {
        engine.names().descriptors();
      } catch (InvalidException e) {
        findings.repairable(
            dirs.index().toString(),
            "cannot be read: " + e.why(),
            "doctor --repair moves it away and lists the images again, without their names",
            this::rebuildIndex);
      }
    }
    if (!isMarker(dirs.ociLayout())) {
      findings.repairable(
          dirs.ociLayout().toString(),
          "missing or not {\"imageLayoutVersion\":\"1.0.0\"}",
          "doctor --repair writes it",
          () -> {
            DurableFiles.replace(
                dirs.ociLayout(),
                "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8),
                true);
            return "written";
          });
    }
    try {
      engine.names().descriptors();
      return true;
    } catch (InvalidException _) {
      return false;
    }
  }

  private static boolean isMarker(Path file) {
    try {
      return JsonCodec.parseObject(Files.readAllBytes(file), file.toString())
          .string("imageLayoutVersion")
          .isPresent();
    } catch (IOException | InvalidException _) {
      return false;
    }
  }

  /** Every image there is becomes one without a name, or one by the name a container knows. */
  private String rebuildIndex() {
    if (Files.exists(dirs.index())) {
      Path aside = dirs.index().resolveSibling("index.json.damaged");
      DurableFiles.moveIntoPlace(dirs.index(), aside);
    }
    List<Image> images = new ArrayList<>();
    Set<Digest> inIndexes = new HashSet<>();
    List<Descriptor> tops = new ArrayList<>();
    for (BlobInfo blob : content.list()) {
      describe(blob, tops, inIndexes);
    }
    for (Descriptor top : tops) {
      if (!inIndexes.contains(top.digest())) {
        images.add(Image.unnamed(top));
      }
    }
    if (Linux.isSupported()) {
      for (Container c : engine.containers().list()) {
        for (Descriptor top : tops) {
          if (top.digest().equals(c.spec().image().manifest())) {
            images.add(new Image(c.spec().image().name(), top));
          }
        }
      }
    }
    DurableFiles.replace(dirs.index(), Index.of(List.of()).toBytes(), true);
    engine.names().put(images);
    return "written again with " + images.size() + " images; tag them or load them again";
  }

  private void describe(BlobInfo blob, List<Descriptor> tops, Set<Digest> inIndexes) {
    if (blob.size() > JsonCodec.MAX_BYTES) {
      return;
    }
    Digest digest = blob.digest();
    byte[] bytes = content.readTrusted(digest, JsonCodec.MAX_BYTES);
    if (bytes.length == 0 || bytes[0] != '{') {
      return;
    }
    try {
      String type =
          JsonCodec.parseObject(bytes, "").string("mediaType").orElse(MediaTypes.OCI_MANIFEST);
      if (MediaTypes.isIndex(type)) {
        for (Descriptor d : Index.parse(bytes, "").manifests()) {
          inIndexes.add(d.digest());
        }
      } else if (!MediaTypes.isManifest(type) || !isImage(Manifest.parse(bytes, ""))) {
        return;
      }
      tops.add(Descriptor.of(type, digest, blob.size()));
    } catch (InvalidException _) {
      // Another document.
    }
  }

  private boolean isImage(Manifest manifest) {
    return MediaTypes.isConfig(manifest.config().mediaType())
        && content.has(manifest.config().digest());
  }

  /** Hashes everything. */
  void checkBlobs() {
    for (BlobInfo blob : content.list()) {
      String problem;
      try {
        content.verify(blob.digest());
        continue;
      } catch (NotFoundException _) {
        continue; // deleted by hand a moment ago
      } catch (CorruptException e) {
        problem = e.why();
      }
      damaged.add(blob.digest());
      String broken = breaks(blob.digest());
      String again = broken.isEmpty() ? "no image needs it" : "it breaks " + broken;
      if (findings.isRepairing()) {
        content.delete(blob.digest());
        if (broken.isEmpty()) {
          findings.repairable("blob " + blob.digest(), problem, "", () -> again + ": removed");
          continue;
        }
        findings.broken(
            "blob " + blob.digest(), problem, "removed; " + again + ": load or pull it again");
      } else {
        findings.broken(
            "blob " + blob.digest(),
            problem,
            again + "; doctor --repair removes it, then " + AGAIN);
      }
    }
  }

  private String breaks(Digest blob) {
    Set<String> names = new LinkedHashSet<>();
    for (Image image : engine.names().list()) {
      Reach reach = new Reach(content);
      try {
        reach.follow(image.target());
      } catch (CorruptException _) {
        // As far as it leads.
      }
      if (reach.blobs().contains(blob)) {
        names.add(nameOf(image));
      }
    }
    return String.join(", ", names);
  }

  static String nameOf(Image image) {
    return image.isNamed() ? image.name() : image.target().digest().toString();
  }

  /** Follows every name. */
  void checkNames() {
    for (Image image : engine.names().list()) {
      String name = nameOf(image);
      List<Digest> documents = new ArrayList<>();
      List<Digest> layers = new ArrayList<>();
      missing(image.target(), documents, layers, 0);
      if (!documents.isEmpty()) {
        findings.repairable(
            "image " + name,
            "its manifest or config " + documents.getFirst() + " is lost",
            AGAIN,
            () -> {
              drop(image);
              return "the name leads nowhere and was dropped; " + AGAIN;
            });
      } else if (!layers.isEmpty()) {
        findings.broken(
            "image " + name,
            "layer " + layers.getFirst() + " is lost" + more(layers),
            AGAIN + "; containers run from its snapshots until then");
      }
    }
  }

  private static String more(List<Digest> layers) {
    return layers.size() == 1 ? "" : " and " + (layers.size() - 1) + " more";
  }

  private void drop(Image image) {
    if (image.isNamed()) {
      engine.names().remove(image.name());
    } else {
      engine.names().removeUnnamed(image.target().digest());
    }
  }

  private boolean isWhole(Descriptor d) {
    return content.size(d.digest()).orElse(-1L) == d.size() && !damaged.contains(d.digest());
  }

  private void missing(Descriptor d, List<Digest> documents, List<Digest> layers, int depth) {
    if (!isWhole(d) || depth > 8) {
      documents.add(d.digest());
      return;
    }
    try {
      byte[] bytes = content.readTrusted(d.digest(), JsonCodec.MAX_BYTES);
      if (MediaTypes.isIndex(d.mediaType())) {
        int present = 0;
        for (Descriptor m : Index.parse(bytes, "").manifests()) {
          if (content.has(m.digest())) { // others are for platforms that were never loaded
            present++;
            missing(m, documents, layers, depth + 1);
          }
        }
        if (present == 0) {
          documents.add(d.digest());
        }
      } else if (MediaTypes.isManifest(d.mediaType())) {
        Manifest manifest = Manifest.parse(bytes, "");
        if (!isWhole(manifest.config())) {
          documents.add(manifest.config().digest());
        }
        for (Descriptor layer : manifest.layers()) {
          if (!isWhole(layer)) {
            layers.add(layer.digest());
          }
        }
      }
    } catch (InvalidException _) {
      documents.add(d.digest());
    }
  }
}
