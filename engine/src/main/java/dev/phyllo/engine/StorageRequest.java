package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.RootDirectory;
import dev.phyllo.containers.StorageSpec;
import dev.phyllo.containers.Volume;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which files beyond the image's the caller of {@code run} wants inside. */
public final class StorageRequest {
  /** More than any image has; each becomes a directory and a mount. */
  private static final int MAX_OF_IMAGE = 128;

  private final List<Volume> volumes = new ArrayList<>();
  private final List<String> lenders = new ArrayList<>();
  private final List<Volume> borrowed = new ArrayList<>();
  private boolean readOnlyRoot;
  private Optional<RootDirectory> root = Optional.empty();

  StorageRequest() {}

  /** Something that appears inside. */
  public StorageRequest volume(Volume volume) {
    volumes.add(volume);
    return this;
  }

  /**
   * All that appears in another container, at the same places.
   *
   * @param lender {@code CONTAINER[:ro|:rw]}
   */
  public StorageRequest volumesFrom(String lender) {
    lenders.add(lender);
    return this;
  }

  /** A directory of the host is the root; then there is no image. */
  public StorageRequest root(RootDirectory directory) {
    root = Optional.of(directory);
    return this;
  }

  boolean hasRoot() {
    return root.isPresent();
  }

  /** Mounts the root read-only. */
  public StorageRequest readOnlyRoot(boolean yes) {
    readOnlyRoot = yes;
    return this;
  }

  /**
   * Looks at what other containers lend.
   *
   * @throws dev.phyllo.oci.NotFoundException if there is no such container
   */
  void borrow(Containers containers) {
    borrowed.clear();
    for (String lender : lenders) {
      borrowed.addAll(lent(lender, containers));
    }
  }

  /**
   * All together: what the caller names replaces what another container lends at the same place,
   * and both replace what the image declares there.
   *
   * @param ofImage the places that the image declares
   */
  StorageSpec spec(List<String> ofImage) {
    if (volumes.isEmpty() && borrowed.isEmpty() && ofImage.isEmpty()) {
      return new StorageSpec(readOnlyRoot, List.of(), root);
    }
    List<Volume> all = new ArrayList<>();
    for (Volume v : volumes) {
      if (has(all, v.target())) {
        throw new UsageException(
            v.target(), "given more than once as a place for a volume", "name each place once");
      }
      all.add(v);
    }
    for (Volume v : borrowed) {
      if (!has(all, v.target())) {
        all.add(v);
      }
    }
    if (ofImage.size() > MAX_OF_IMAGE) {
      throw new InvalidException(
          "the image",
          "declares " + ofImage.size() + " volumes, " + MAX_OF_IMAGE + " are allowed",
          "build it with fewer");
    }
    for (String path : ofImage) {
      Volume v = Volume.ofImage(path);
      if (!has(all, v.target())) {
        all.add(v);
      }
    }
    return new StorageSpec(readOnlyRoot, all, root);
  }

  private static List<Volume> lent(String text, Containers containers) {
    int colon = text.lastIndexOf(':');
    String mode = colon < 0 ? "rw" : text.substring(colon + 1);
    boolean readOnly = mode.equals("ro");
    if (!readOnly && !mode.equals("rw") && !mode.equals("z") && !mode.equals("Z")) {
      throw new UsageException(
          "--volumes-from " + text, "unknown option \"" + mode + "\"", "use CONTAINER[:ro|:rw]");
    }
    Container lender = containers.require(colon < 0 ? text : text.substring(0, colon));
    List<Volume> lent = new ArrayList<>();
    for (Volume v : lender.spec().storage().volumes()) {
      if (v.type() != Volume.Type.TMPFS) {
        lent.add(v.lent(readOnly));
      }
    }
    return lent;
  }

  private static boolean has(List<Volume> volumes, String target) {
    for (Volume v : volumes) {
      if (v.target().equals(target)) {
        return true;
      }
    }
    return false;
  }
}
