package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@code index.json} of a layout to which images are added. What is in it keeps its place and
 * its annotations; an image of the same full name is replaced where it stands.
 */
final class LayoutIndex {
  private final Index before;
  private final Map<String, Descriptor> named = new LinkedHashMap<>();
  private final Map<String, Reference> references = new HashMap<>();
  private final List<Descriptor> nameless = new ArrayList<>();

  /** Begins with the index as it is. */
  LayoutIndex(Index before) {
    this.before = before;
  }

  /** Adds an image under a name, or under none. */
  void add(Descriptor target, Optional<Reference> name) {
    if (name.isEmpty()) {
      nameless.add(target);
      return;
    }
    String full = name.get().canonical();
    if (named.put(full, target) != null) {
      throw new InvalidException(full, "names two different images", "save one of them");
    }
    references.put(full, name.get());
  }

  /** The index with the images in it. */
  Index build() {
    Map<String, String> refNames = refNames();
    List<Descriptor> result = new ArrayList<>();
    Set<String> written = new HashSet<>();
    Set<Digest> present = new HashSet<>();
    for (Descriptor d : before.manifests()) {
      String full = fullName(d);
      Descriptor replacement = full == null ? null : named.get(full);
      if (full == null || replacement == null) {
        result.add(d);
        present.add(d.digest());
      } else if (written.add(full)) {
        result.add(withNames(replacement, full, refNames));
        present.add(replacement.digest());
      }
    }
    for (Map.Entry<String, Descriptor> e : named.entrySet()) {
      if (written.add(e.getKey())) {
        result.add(withNames(e.getValue(), e.getKey(), refNames));
        present.add(e.getValue().digest());
      }
    }
    for (Descriptor d : nameless) {
      if (present.add(d.digest())) {
        result.add(d);
      }
    }
    return before.withManifests(result);
  }

  /** What each name's image is called inside the layout: its tag, if that is nobody else's. */
  private Map<String, String> refNames() {
    Map<String, Integer> uses = new HashMap<>();
    for (Descriptor d : before.manifests()) {
      String full = fullName(d);
      if (full == null || !named.containsKey(full)) {
        d.refName().ifPresent(r -> uses.merge(r, 1, Integer::sum));
      }
    }
    for (Reference name : references.values()) {
      name.tag().ifPresent(tag -> uses.merge(tag, 1, Integer::sum));
    }
    Map<String, String> refNames = new HashMap<>();
    for (Map.Entry<String, Reference> e : references.entrySet()) {
      Reference name = e.getValue();
      boolean alone =
          name.tag().isPresent()
              && name.digest().isEmpty()
              && uses.getOrDefault(name.tag().get(), 0) == 1;
      refNames.put(e.getKey(), alone ? name.tag().orElseThrow() : e.getKey());
    }
    return refNames;
  }

  private static Descriptor withNames(
      Descriptor target, String full, Map<String, String> refNames) {
    Map<String, String> annotations = new LinkedHashMap<>(target.annotations());
    annotations.put(ImageNames.CONTAINERD_NAME, full);
    annotations.put(Descriptor.REF_NAME, refNames.getOrDefault(full, full));
    return target.withAnnotations(annotations);
  }

  /** The whole name of an image in the index, or null where it has none, or only a tag. */
  private static @Nullable String fullName(Descriptor d) {
    String name = d.annotations().get(ImageNames.CONTAINERD_NAME);
    if (name == null) {
      name = d.annotations().get(Descriptor.REF_NAME);
      if (name == null || name.indexOf('/') < 0 && name.indexOf(':') < 0) {
        return null;
      }
    }
    try {
      return Reference.parse(name).canonical();
    } catch (InvalidException _) {
      return null; // the annotation may be any text
    }
  }
}
