package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which images a top index holds, and what they are called.
 *
 * <p>A descriptor a name is one image. Several descriptors under one name, or several without any,
 * are one image for several platforms if each says which; that is how some builders write them
 * instead of nesting an index. Artifacts beside images (signatures, attestations) are left out.
 */
final class ImageSelection {

  /** An image: its document, its names, and what the source calls it. */
  record Selected(Document document, List<Reference> names, Optional<String> refName) {}

  private final ImageContents contents;
  private final ImageNames names;
  private final LoadOptions options;
  private final StepListener steps;
  private final String thing;

  ImageSelection(
      ImageContents contents,
      ImageNames names,
      LoadOptions options,
      String thing,
      StepListener steps) {
    this.contents = contents;
    this.names = names;
    this.options = options;
    this.thing = thing;
    this.steps = steps;
  }

  /**
   * The images, in the order of the index.
   *
   * @throws NotFoundException if there is none, or none of the base name
   * @throws InvalidException if one name stands for several images
   */
  List<Selected> select() {
    List<Descriptor> all = contents.top().manifests();
    if (all.isEmpty()) {
      throw new NotFoundException(
          thing, "an index without images", "name an image, or an index that has some");
    }
    if (all.size() > options.limits().maxImages()) {
      throw new InvalidException(
          thing,
          all.size() + " images are over the limit of " + options.limits().maxImages(),
          "take them apart: skopeo copy brings one image at a time");
    }
    Map<String, List<Document>> groups = new LinkedHashMap<>();
    Map<String, Reference> references = new HashMap<>();
    Set<Digest> distinct = new HashSet<>();
    all.forEach(d -> distinct.add(d.digest()));
    List<PhylloException> skipped = new ArrayList<>();
    Map<Digest, Document> read = new HashMap<>();
    boolean leftOut = false;
    for (Descriptor d : all) {
      ImageNames.Named named = names.name(d, distinct.size() == 1);
      if (!named.kept()) {
        leftOut = true;
        continue;
      }
      Document document;
      try {
        document = read.computeIfAbsent(d.digest(), _ -> image(d));
      } catch (UnsupportedException e) {
        // image-index.md: a type we do not know is not an error of the index.
        skipped.add(e);
        report("skip", d.digest(), Map.of("why", e.why()));
        continue;
      }
      String key = named.name().map(Reference::canonical).orElse("");
      named.name().ifPresent(n -> references.put(key, n));
      groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(with(document, d));
    }
    if (groups.isEmpty()) {
      throw nothing(skipped, leftOut);
    }
    return byImage(groups, references);
  }

  private List<Selected> byImage(
      Map<String, List<Document>> groups, Map<String, Reference> references) {
    Map<Digest, Selected> images = new LinkedHashMap<>();
    for (Map.Entry<String, List<Document>> group : groups.entrySet()) {
      Reference name = references.get(group.getKey());
      for (Document document : merge(group.getKey(), distinct(group.getValue()))) {
        Digest digest = document.descriptor().digest();
        Selected known = images.get(digest);
        List<Reference> all = new ArrayList<>(known == null ? List.of() : known.names());
        if (name != null && !all.contains(name)) {
          all.add(name);
        }
        images.put(digest, new Selected(document, all, document.descriptor().refName()));
      }
    }
    return List.copyOf(images.values());
  }

  /** One image for several platforms, or one for each document. */
  private List<Document> merge(String name, List<Document> documents) {
    if (documents.size() == 1) {
      return documents;
    }
    Set<String> platforms = new HashSet<>();
    List<Descriptor> descriptors = new ArrayList<>();
    for (Document document : documents) {
      Descriptor d = document.descriptor();
      d.platform().ifPresent(p -> platforms.add(p.toString()));
      descriptors.add(d.withAnnotations(Map.of()));
    }
    if (platforms.size() == documents.size()) {
      Index index = Index.of(descriptors);
      byte[] bytes = index.toBytes();
      return List.of(
          new Document.OfIndex(
              Descriptor.of(MediaTypes.OCI_INDEX, bytes),
              new MemoryFile(
                  thing + ": the images " + (name.isEmpty() ? "without name" : name), bytes),
              index));
    }
    if (name.isEmpty()) {
      return documents;
    }
    throw new InvalidException(
        thing,
        name + " names " + documents.size() + " different images",
        "keep one of them in the index");
  }

  private Document image(Descriptor d) {
    Document document = Document.read(contents, d);
    if (document instanceof Document.OfManifest m && !m.isImage()) {
      throw m.notAnImage();
    }
    return document;
  }

  private static List<Document> distinct(List<Document> documents) {
    Map<Digest, Document> byDigest = new LinkedHashMap<>();
    documents.forEach(d -> byDigest.putIfAbsent(d.descriptor().digest(), d));
    return List.copyOf(byDigest.values());
  }

  /** The same document as another descriptor of the index names it: annotations may differ. */
  private static Document with(Document document, Descriptor d) {
    Descriptor typed = document.descriptor();
    Descriptor other =
        d.platform().isPresent()
            ? typed.withAnnotations(d.annotations()).withPlatform(d.platform().get())
            : typed.withAnnotations(d.annotations());
    return switch (document) {
      case Document.OfIndex i -> new Document.OfIndex(other, i.file(), i.index());
      case Document.OfManifest m -> new Document.OfManifest(other, m.file(), m.manifest());
    };
  }

  private PhylloException nothing(List<PhylloException> skipped, boolean leftOut) {
    if (!skipped.isEmpty()) {
      return skipped.getFirst();
    }
    if (!leftOut) {
      throw new IllegalStateException("every descriptor is kept, skipped or left out");
    }
    List<String> held = new ArrayList<>();
    for (Descriptor d : contents.top().manifests()) {
      d.refName().filter(n -> held.size() < 10 && !held.contains(n)).ifPresent(held::add);
    }
    return new NotFoundException(
        thing,
        "no image of the base name " + options.baseName().orElse(""),
        "it holds " + String.join(", ", held));
  }

  private void report(String verb, Digest digest, Map<String, String> details) {
    if (steps.isListening()) {
      steps.done(new LoadStep(verb, digest.toString(), details));
    }
  }
}
