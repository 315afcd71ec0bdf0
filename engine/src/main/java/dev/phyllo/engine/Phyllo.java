package dev.phyllo.engine;

import dev.phyllo.build.Builds;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Networks;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.Change;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Image;
import dev.phyllo.store.ImageStore;
import dev.phyllo.store.Leases;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.store.UnpackedRecords;
import java.io.OutputStream;
import java.util.List;

/**
 * The engine: everything the {@code phyllo} command does, for programs.
 *
 * <pre>{@code
 * Phyllo engine = Phyllo.open(EngineOptions.at(Path.of("/var/lib/phyllo")));
 * engine.load(LoadRequest.of(Path.of("busybox.tar")));
 * int status = engine.run(new RunRequest("busybox", List.of("echo", "hello")).remove(true));
 * }</pre>
 *
 * <p>Opening is cheap and touches nothing: directories are made when something is first written,
 * and the kernel is asked nothing before something needs it. Several engines, in one process or in
 * many, can work on one root at the same time. All methods may be called from any thread.
 */
public final class Phyllo {
  private final EngineOptions options;
  private final NamespaceDirs dirs;
  private final Locks locks;
  private final ContentStore content;
  private final ImageStore names;
  private final Images images;
  private final UnpackedRecords unpacked;

  private Phyllo(EngineOptions options) {
    this.options = options;
    dirs = NamespaceDirs.open(options.root(), options.namespace());
    FileLocker locker = Linux.isSupported() ? new OfdFileLocker() : NioFileLocker.INSTANCE;
    locks = new Locks(dirs.locks(), locker);
    content = new ContentStore(dirs, locks, options.steps());
    names = new ImageStore(dirs, locks, options.steps());
    images = new Images(content, names);
    unpacked = new UnpackedRecords(dirs);
  }

  /** The engine of a root directory and namespace. */
  public static Phyllo open(EngineOptions options) {
    return new Phyllo(options);
  }

  /**
   * Whether containers can be run and layers unpacked here: on Linux, on a processor whose native
   * entry was built. Everything about images works elsewhere too.
   */
  public static boolean canRun() {
    return Linux.isSupported();
  }

  /** Where and how this engine works. */
  public EngineOptions options() {
    return options;
  }

  /** The content store: blobs by digest. */
  public ContentStore content() {
    return content;
  }

  /**
   * The snapshotter: layers as directories.
   *
   * @throws UnsupportedException if there is none of that name
   */
  public Snapshotter snapshotter() {
    return snapshotter(options.snapshotter());
  }

  /**
   * Loads the images of an archive or layout: verifies and keeps every blob, unpacks the layers,
   * and only then names the images.
   */
  public List<Loaded> load(LoadRequest request) {
    return new Loading(this).load(request);
  }

  /**
   * Saves images as an archive or a layout: every digest as it is, every blob verified while it is
   * written, a file whole or not at all.
   */
  public void save(SaveRequest request) {
    new Saving(this).save(request);
  }

  /** Pull, push, copy: everything that registries have to do with. */
  public Registries registries() {
    return new Registries(this);
  }

  /** Every image, by name; those without a name last. */
  public List<ImageSummary> images() {
    return images.summaries(Platform.host());
  }

  /**
   * Everything about an image.
   *
   * @param nameOrId its name, or the start of its id
   */
  public ImageDetails image(String nameOrId) {
    return images.details(nameOrId, Platform.host());
  }

  /** The layers of an image, base first, each beside the instruction that made it. */
  public List<LayerInfo> layers(String nameOrId) {
    return Layers.of(image(nameOrId), snapshotter());
  }

  /** Gives an image another name, which any other image of that name loses. */
  public void tag(String nameOrId, String newName) {
    // No collection between finding and naming.
    try (FileLocker.Held _ = locks.acquire(Leases.GC_LOCK, Locks.Mode.SHARED)) {
      Image image = images.find(nameOrId);
      names.put(List.of(new Image(Committing.nameOf(newName).canonical(), image.target())));
    }
  }

  /** Builds images from Containerfiles. */
  public Builds builds() {
    return Building.of(this);
  }

  /** Makes an image of a container. */
  public Made commit(CommitRequest request) {
    return new Committing(this).commit(request);
  }

  /** Makes an image of a root file system's archive. */
  public Made importImage(ImportRequest request) {
    return new Importing(this).run(request);
  }

  /** What a container changed in its image's tree, by path. */
  public List<Change> diff(String container) {
    return new Comparing(this).changes(container);
  }

  /** What lies between the trees of two images or containers, by path. */
  public List<Change> diff(String before, String after) {
    return views().diff(before, after);
  }

  /** Looks into images: where each file comes from, and what lies hidden. */
  public Views views() {
    return new Views(this);
  }

  /** Makes layers, layouts and images by hand. */
  public ByHand byHand() {
    return new ByHand(this);
  }

  /** Makes new images of those that are there. */
  public Mutations mutations() {
    return new Mutations(this);
  }

  /** Snapshots, one by one, by hand. */
  public Snapshotting snapshots() {
    return new Snapshotting(this);
  }

  /** Writes a container's whole tree as a tar archive; the stream stays open. */
  public void export(String container, OutputStream out) {
    new Comparing(this).export(container, out);
  }

  /**
   * Removes a name, and if it was the image's last, everything that only this image needed.
   *
   * @param force also if a container stands on it
   */
  public Removal remove(String nameOrId, boolean force) {
    return new Removing(this).remove(nameOrId, force);
  }

  /** Removes everything that nothing refers to, and what interrupted work left behind. */
  public Collected gc() {
    return new Collector(this).collect();
  }

  /**
   * Removes images that have no name and that no container uses.
   *
   * @param all also those that have one
   */
  public Pruned pruneImages(boolean all) {
    return pruning().images(all, PruneFilter.NONE);
  }

  /**
   * Removes stopped containers, and then images as {@link #pruneImages} does.
   *
   * @param all also images that no container uses
   */
  public Pruned prune(boolean all) {
    return pruning().everything(all, false, PruneFilter.NONE);
  }

  /** Takes away what is not in use, as finely as one likes. */
  public Pruning pruning() {
    return new Pruning(this);
  }

  /**
   * Computes everything that an image says of itself again.
   *
   * @return each level of it, whole or not
   */
  public List<Verified> verify(String nameOrId) {
    return new Verifying(this).verify(nameOrId);
  }

  /**
   * Looks at everything the namespace keeps: every digest, every name, every snapshot against its
   * layer, and what crashes leave behind.
   *
   * @param repair whether to repair what can be derived again
   * @param deep whether to compare also what the files of snapshots hold, not only their sizes
   * @return what is or was not as it should be
   */
  public List<Finding> doctor(boolean repair, boolean deep) {
    return new Doctor(this, repair, deep).examine();
  }

  /** Each thing that takes space. */
  public DiskDetails diskDetails() {
    return DiskDetails.of(this);
  }

  /** What takes space, and how much of it nobody uses. */
  public List<DiskUsage> diskUsage() {
    return new Counting(this).count();
  }

  /**
   * Runs a container in the foreground: standard input, output and error are this process' own, and
   * signals sent to this process go to the container.
   *
   * @return the container's exit status; 128 and the signal's number if a signal ended it
   */
  public int run(RunRequest request) {
    Containers containers = containers();
    Container container = create(request, containers);
    try {
      return containers.run(container);
    } catch (StartException e) {
      throw images.explained(e, container.spec().image().config());
    }
  }

  /**
   * Runs a container and gives what it writes to two streams, which stay open; this process' own
   * input, output and signal handlers are left alone. See {@link Containers#run(Container,
   * OutputStream, OutputStream)}.
   *
   * @return the container's exit status; 128 and the signal's number if a signal ended it
   */
  public int run(RunRequest request, OutputStream out, OutputStream err) {
    Containers containers = containers();
    Container container = create(request, containers);
    try {
      return containers.run(container, out, err);
    } catch (StartException e) {
      throw images.explained(e, container.spec().image().config());
    }
  }

  /** What can be done with containers once they are made. */
  public Life life() {
    Linux.require();
    return new Life(this);
  }

  /** The networks of this root. */
  public Networks networks() {
    Linux.require();
    return new Networks(options.root());
  }

  /** The containers of this namespace. */
  public Containers containers() {
    Linux.require();
    return new Containers(dirs, locks, snapshotter(), options.snapshotter(), options.steps());
  }

  Container create(RunRequest request, Containers containers) {
    request.life().checkIdFile();
    ContainerSpec spec = RunSpecs.of(request, containers, this);
    Container made = containers.create(spec, request.name(), request.isRemoved());
    request.life().writeId(made.id());
    return made;
  }

  /** What unpacking images made, and the doing of it. */
  Unpacking unpacking() {
    return new Unpacking(this);
  }

  Snapshotter snapshotter(String name) {
    return Snapshotters.of(name, dirs, locks, options.steps());
  }

  NamespaceDirs dirs() {
    return dirs;
  }

  Locks locks() {
    return locks;
  }

  Leases leases() {
    return new Leases(dirs, locks);
  }

  ImageStore names() {
    return names;
  }

  Images imageReader() {
    return images;
  }

  UnpackedRecords unpackedRecords() {
    return unpacked;
  }

  /** Mounts an image, a container or a snapshot, in the mount namespace of this process. */
  public Mounted mount(MountRequest request) {
    return new Mounting(this).mount(request);
  }

  /**
   * Unmounts what {@link #mount} mounted, and removes what it made for that.
   *
   * @param name where it is mounted, or what is
   */
  public Mounted unmount(String name) {
    return new Mounting(this).unmount(name);
  }

  /** What {@link #mount} mounted and nobody has unmounted since. */
  public List<Mounted> mounts() {
    return new MountRecords(dirs).list();
  }
}
