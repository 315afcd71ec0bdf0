package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.ContentStore;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The one writing view of what is saved, whatever it is written to: images with their names, and
 * every blob they lead to once. The mirror of {@link ImageContents}.
 */
final class SavedContents {

  /**
   * An image.
   *
   * @param target its manifest or index, with the annotations the store has on it
   * @param names its names, in the order in which they were asked for
   * @param manifests the image manifests it leads to, in the order of the index
   */
  record Saved(Descriptor target, Set<Reference> names, List<Document.OfManifest> manifests) {}

  private final Map<Digest, Saved> images = new LinkedHashMap<>();
  private final SaveGraph graph;

  private SavedContents(SaveGraph graph) {
    this.graph = graph;
  }

  /**
   * Follows the images to their last blob; documents are verified, other blobs only looked for.
   *
   * @throws dev.phyllo.oci.NotFoundException if a blob is missing
   * @throws dev.phyllo.oci.CorruptException if a document is damaged
   * @throws dev.phyllo.oci.UnsupportedException if an image is not for the platform asked for
   */
  static SavedContents of(
      List<SavedImage> images, ContentStore content, SaveOptions options, StepListener steps) {
    if (images.isEmpty()) {
      throw new UsageException("save", "no image to save", "name one");
    }
    SavedContents contents = new SavedContents(new SaveGraph(content, options.platform(), steps));
    for (SavedImage image : images) {
      SaveGraph.Kept kept = contents.graph.keep(image.target());
      contents
          .images
          .computeIfAbsent(
              kept.target().digest(),
              _ -> new Saved(kept.target(), new LinkedHashSet<>(), kept.images()))
          .names()
          .addAll(image.names());
    }
    return contents;
  }

  /** The images, each once. */
  Collection<Saved> images() {
    return images.values();
  }

  /** Every blob, each once, in no order that means anything. */
  Collection<Descriptor> blobs() {
    return graph.blobs();
  }

  /** Whether the blob is among them. */
  boolean has(Digest digest) {
    return graph.has(digest);
  }

  /** The index of a layout that holds nothing else. */
  Index newIndex() {
    return mergedInto(Index.of(List.of()));
  }

  /** The index of a layout to which the images are added. */
  Index mergedInto(Index before) {
    LayoutIndex index = new LayoutIndex(before);
    for (Saved image : images.values()) {
      if (image.names().isEmpty()) {
        index.add(image.target(), Optional.empty());
      }
      for (Reference name : image.names()) {
        index.add(image.target(), Optional.of(name));
      }
    }
    return index.build();
  }
}
