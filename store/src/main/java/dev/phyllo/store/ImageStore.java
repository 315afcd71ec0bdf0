package dev.phyllo.store;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The names of images: the {@code index.json} of the content directory (image-layout.md), in which
 * each descriptor carries its name as the annotation {@value Descriptor#REF_NAME}.
 *
 * <p>The name is the canonical reference, and {@value #CONTAINERD_NAME} repeats it, as containerd
 * writes it. Other tools may add descriptors of their own: one whose short name, such as {@code
 * busybox:1.36}, can be read as a reference is listed under its canonical form; every other one,
 * named or not, is kept untouched and not listed. What this version does not understand in the file
 * survives every change.
 *
 * <p>An image that came without any name is in the file too, or garbage collection would take it:
 * without {@value Descriptor#REF_NAME}, and with the annotation {@value #UNNAMED}, which tells it
 * from what other tools put there. It is listed with an empty name. When it gets a name, it stops
 * being unnamed.
 *
 * <p>Reading takes no lock: the file is replaced atomically, so a reader sees the state before or
 * after a change. Changes take the lock {@code images}.
 */
public final class ImageStore {
  /** The annotation in which containerd and its tools keep an image's full name. */
  public static final String CONTAINERD_NAME = "io.containerd.image.name";

  /** The annotation that marks an image without a name as one that this store keeps. */
  static final String UNNAMED = "dev.phyllo.image.unnamed";

  private final NamespaceDirs dirs;
  private final Locks locks;
  private final StepListener steps;

  /**
   * The image names of a namespace.
   *
   * @param dirs the namespace
   * @param locks its locks
   * @param steps hears of each name given
   */
  public ImageStore(NamespaceDirs dirs, Locks locks, StepListener steps) {
    this.dirs = dirs;
    this.locks = locks;
    this.steps = steps;
  }

  /**
   * All images: by name, then those without a name by digest.
   *
   * @throws InvalidException if index.json cannot be understood
   */
  public List<Image> list() {
    Map<String, Image> images = new TreeMap<>();
    Map<Digest, Image> unnamed = new TreeMap<>();
    for (Descriptor d : Layout.readIndex(dirs).manifests()) {
      if (isUnnamed(d)) {
        unnamed.put(d.digest(), Image.unnamed(withoutName(d)));
        continue;
      }
      String written = d.annotations().get(Descriptor.REF_NAME);
      String name = written == null ? null : canonical(d, written);
      // Of two descriptors with one name the first counts, but one that spells it fully before one
      // that does not, as find() has it.
      if (name != null && name.equals(written) && !isFull(images.get(name))) {
        images.put(name, new Image(name, d));
      } else if (name != null) {
        images.putIfAbsent(name, new Image(name, d));
      }
    }
    List<Image> list = new ArrayList<>(images.size() + unnamed.size());
    for (Image image : images.values()) {
      list.add(new Image(image.name(), withoutName(image.target())));
    }
    list.addAll(unnamed.values());
    return list;
  }

  /**
   * The image of this name. A reference with a digest finds an image of the same repository with
   * that digest, whatever its tag.
   *
   * @throws InvalidException if index.json cannot be understood
   */
  public Optional<Image> find(Reference reference) {
    String wanted = reference.canonical();
    List<Descriptor> manifests = Layout.readIndex(dirs).manifests();
    // Almost always the name is there exactly as wanted; only comparing keeps this fast.
    for (Descriptor d : manifests) {
      if (wanted.equals(d.annotations().get(Descriptor.REF_NAME))) {
        return Optional.of(new Image(wanted, withoutName(d)));
      }
    }
    String path = reference.path();
    String last = path.substring(path.lastIndexOf('/') + 1);
    for (Descriptor d : manifests) {
      String written = d.annotations().get(Descriptor.REF_NAME);
      if (written == null || !written.contains(last)) {
        continue; // cannot be another spelling of the wanted name: not worth parsing
      }
      String name = canonical(d, written);
      if (name != null && (name.equals(wanted) || isDigestOf(reference, name, d))) {
        return Optional.of(new Image(name, withoutName(d)));
      }
    }
    return Optional.empty();
  }

  /**
   * Names images, all in one atomic and durable step; a name that was there now stands for the new
   * target. An image without a name is kept as such unless its target has a name.
   *
   * @param images the names, in any spelling or empty, and targets whose content is in the store
   * @throws InvalidException if a name is not a reference
   * @throws NotFoundException if a target is not in the store; nothing is named then
   */
  public void put(List<Image> images) {
    if (images.isEmpty()) {
      return;
    }
    List<Image> named = new ArrayList<>(images.size());
    for (Image image : images) {
      named.add(
          image.isNamed()
              ? new Image(Reference.parse(image.name()).canonical(), image.target())
              : image);
    }
    try (FileLocker.Held _ = locks.acquire(Layout.LOCK, Locks.Mode.EXCLUSIVE)) {
      for (Image image : named) {
        requireTarget(image);
      }
      Layout.ensureLocked(dirs);
      Index index = Layout.readIndex(dirs);
      List<Descriptor> manifests = index.manifests();
      for (Image image : named) {
        manifests =
            image.isNamed()
                ? replaced(
                    withoutUnnamed(manifests, image.target().digest()),
                    image.name(),
                    withName(image))
                : withUnnamed(manifests, image.target());
      }
      if (!manifests.equals(index.manifests())) {
        Layout.writeIndex(dirs, index.withManifests(manifests));
      }
    }
    if (steps.isListening()) {
      for (Image image : named) {
        if (!image.isNamed()) {
          continue;
        }
        steps.done(new ImageNamed(image.name(), image.target().digest()));
      }
    }
  }

  /**
   * Removes a name, durably; the content stays until it is collected as garbage.
   *
   * @param name the name in any spelling
   * @return whether it was there
   */
  public boolean remove(String name) {
    String wanted = Reference.parse(name).canonical();
    if (!Files.exists(dirs.index())) {
      return false;
    }
    try (FileLocker.Held _ = locks.acquire(Layout.LOCK, Locks.Mode.EXCLUSIVE)) {
      Index index = Layout.readIndex(dirs);
      List<Descriptor> manifests = replaced(index.manifests(), wanted, null);
      if (manifests.size() == index.manifests().size()) {
        return false;
      }
      Layout.writeIndex(dirs, index.withManifests(manifests));
    }
    if (steps.isListening()) {
      steps.done(new ImageUnnamed(wanted));
    }
    return true;
  }

  /**
   * Removes an image that has no name, durably; the content stays until it is collected as garbage.
   *
   * @return whether it was there
   */
  public boolean removeUnnamed(Digest target) {
    if (!Files.exists(dirs.index())) {
      return false;
    }
    try (FileLocker.Held _ = locks.acquire(Layout.LOCK, Locks.Mode.EXCLUSIVE)) {
      Index index = Layout.readIndex(dirs);
      List<Descriptor> manifests = withoutUnnamed(index.manifests(), target);
      if (manifests.size() == index.manifests().size()) {
        return false;
      }
      Layout.writeIndex(dirs, index.withManifests(manifests));
    }
    if (steps.isListening()) {
      steps.done(new ImageUnnamed(target.toString()));
    }
    return true;
  }

  /** The list with this image in it, unless it has a name there. */
  private static List<Descriptor> withUnnamed(List<Descriptor> manifests, Descriptor target) {
    for (Descriptor d : manifests) {
      if (d.digest().equals(target.digest()) && (isUnnamed(d) || isListed(d))) {
        return manifests;
      }
    }
    Map<String, String> annotations = new LinkedHashMap<>(target.annotations());
    annotations.remove(Descriptor.REF_NAME);
    annotations.remove(CONTAINERD_NAME);
    annotations.put(UNNAMED, "true");
    List<Descriptor> result = new ArrayList<>(manifests);
    result.add(target.withAnnotations(annotations));
    return result;
  }

  private static List<Descriptor> withoutUnnamed(List<Descriptor> manifests, Digest target) {
    List<Descriptor> result = new ArrayList<>(manifests.size());
    for (Descriptor d : manifests) {
      if (!isUnnamed(d) || !d.digest().equals(target)) {
        result.add(d);
      }
    }
    return result;
  }

  private static boolean isUnnamed(Descriptor d) {
    return d.annotations().containsKey(UNNAMED)
        && !d.annotations().containsKey(Descriptor.REF_NAME);
  }

  private static boolean isListed(Descriptor d) {
    String written = d.annotations().get(Descriptor.REF_NAME);
    return written != null && canonical(d, written) != null;
  }

  /**
   * Every descriptor of index.json, also those that are no image's or were put there by other
   * tools.
   *
   * @throws InvalidException if index.json cannot be understood
   */
  public List<Descriptor> descriptors() {
    return Layout.readIndex(dirs).manifests();
  }

  /**
   * Deletes the files that crashed writers of index.json left.
   *
   * @return how many there were
   */
  public int removeTemporaries() {
    if (!Files.isDirectory(dirs.content())) {
      return 0;
    }
    try (FileLocker.Held _ = locks.acquire(Layout.LOCK, Locks.Mode.EXCLUSIVE)) {
      return DurableFiles.deleteTemporaries(dirs.content());
    }
  }

  /** The list with the image of this name, in whatever spellings it occurs, exchanged. */
  private static List<Descriptor> replaced(
      List<Descriptor> manifests, String name, @Nullable Descriptor replacement) {
    List<Descriptor> result = new ArrayList<>(manifests.size() + 1);
    Descriptor rest = replacement;
    for (Descriptor d : manifests) {
      String written = d.annotations().get(Descriptor.REF_NAME);
      if (written == null || !name.equals(canonical(d, written))) {
        result.add(d);
      } else if (rest != null) {
        result.add(rest); // keeps its place: other tools show the file's order
        rest = null;
      }
    }
    if (rest != null) {
      result.add(rest);
    }
    return result;
  }

  private void requireTarget(Image image) {
    Descriptor target = image.target();
    try {
      if (Files.size(dirs.blob(target.digest())) == target.size()) {
        return;
      }
    } catch (NoSuchFileException _) {
      // Said below.
    } catch (IOException e) {
      throw new SystemException(dirs.blob(target.digest()).toString(), e);
    }
    throw new NotFoundException(
        image.name(),
        "its manifest " + target.digest() + " is not in the store with " + target.size() + " bytes",
        "load or pull the image again");
  }

  private static Descriptor withName(Image image) {
    Map<String, String> annotations = new LinkedHashMap<>(image.target().annotations());
    annotations.remove(UNNAMED);
    annotations.put(Descriptor.REF_NAME, image.name());
    annotations.put(CONTAINERD_NAME, image.name());
    return image.target().withAnnotations(annotations);
  }

  private static Descriptor withoutName(Descriptor d) {
    Map<String, String> annotations = new LinkedHashMap<>(d.annotations());
    annotations.remove(Descriptor.REF_NAME);
    annotations.remove(CONTAINERD_NAME);
    annotations.remove(UNNAMED);
    return d.withAnnotations(annotations);
  }

  /** The canonical form of a name in the index, or null if it is not a reference. */
  private static @Nullable String canonical(Descriptor d, String written) {
    // Names of our own are canonical and say so twice; parsing them would load the regex engine.
    if (written.equals(d.annotations().get(CONTAINERD_NAME))) {
      return written;
    }
    try {
      return Reference.parse(written).canonical();
    } catch (InvalidException _) {
      return null;
    }
  }

  private static boolean isFull(@Nullable Image image) {
    return image != null
        && image.name().equals(image.target().annotations().get(Descriptor.REF_NAME));
  }

  private static boolean isDigestOf(Reference reference, String name, Descriptor d) {
    Digest digest = reference.digest().orElse(null);
    if (digest == null || !digest.equals(d.digest())) {
      return false;
    }
    String repository = reference.repository();
    return name.startsWith(repository)
        && name.length() > repository.length()
        && (name.charAt(repository.length()) == ':' || name.charAt(repository.length()) == '@');
  }
}
