package dev.phyllo.cli.demo;

import dev.phyllo.build.SourceDate;
import dev.phyllo.cli.output.Sizes;
import dev.phyllo.containers.Container;
import dev.phyllo.engine.EngineOptions;
import dev.phyllo.engine.LayerInfo;
import dev.phyllo.engine.LoadRequest;
import dev.phyllo.engine.Loaded;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.engine.RunRequest;
import dev.phyllo.engine.pack.PackedTree;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.snapshots.Snapshotter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The way of an image, from two file trees to a running process, in steps that each say what was
 * done, where to look and which command does it.
 *
 * <p>Nothing is staged: the image is made by {@link HandMadeImage} without the engine, everything
 * after it by the engine's public face, and what is shown is read back from disk. The commands that
 * are named do the same again: layers and image with these very digests.
 */
public final class Demo {
  private static final String CONTAINER = "demo";
  private static final String SEEN = "seen.txt";

  /** What the container's shell does; its output goes to the terminal as it is. */
  private static final String SCRIPT =
      """
      say() { while IFS= read -r line; do echo "     $line"; done; }
      echo "   $ cat /hello.txt"
      cat /hello.txt | say
      echo "   $ ls -A /data"
      ls -A /data | say
      echo "   $ echo \\$\\$"
      echo $$ | say
      while IFS= read -r line; do
        case $line in *" / / "*" - overlay "*) echo "$line" > /seen.txt ;; esac
      done < /proc/1/mountinfo
      echo "   $ rm /hello.txt"
      test "$(cat /hello.txt)" = "hello from delta" && test -z "$(ls -A /data)" && rm /hello.txt
      """;

  private final Paper paper;
  private final DemoPlace place;
  private final boolean root;
  private final Runnable pause;

  private Demo(Paper paper, DemoPlace place, boolean root, Runnable pause) {
    this.paper = paper;
    this.place = place;
    this.root = root;
    this.pause = pause;
  }

  /**
   * Runs the demonstration.
   *
   * @param options the engine's root, snapshotter and listener; the namespace is the demo's own
   * @param out where to print; must be the process' standard output, which the container gets too
   * @param colours whether to use colours
   * @param keep whether to leave everything to be looked at
   * @param root whether containers can be run: whether we are root
   * @param pause called between the steps
   * @return 0 if everything was shown and was as it should be
   */
  public static int run(
      EngineOptions options,
      PrintStream out,
      boolean colours,
      boolean keep,
      boolean root,
      Runnable pause) {
    Paper paper = new Paper(out, colours);
    try (DemoPlace place = DemoPlace.open(options, keep)) {
      return new Demo(paper, place, root, pause).all();
    }
  }

  private int all() {
    paper.title("phyllo demo", "an image made by hand becomes a running process");
    paper.remark("files   " + place.directory());
    paper.remark("engine  " + place.namespace());
    paper.remark(
        place.isKept()
            ? "Both are left to be looked at."
            : "Both are removed at the end: --keep leaves them, --pause waits at each step.");
    HandMadeImage image = make();
    pause.run();
    if (!root || !Phyllo.canRun()) {
      return half(image);
    }
    Loaded loaded = load(image);
    String name = loaded.names().getFirst();
    pause.run();
    mount(name);
    pause.run();
    int status = process(name);
    if (status != 0) {
      return status;
    }
    pause.run();
    Container container = place.engine().containers().require(CONTAINER);
    where(container, name);
    pause.run();
    NewLayer layer = new NewLayer(paper, place);
    layer.commit(container);
    pause.run();
    layer.share(name);
    pause.run();
    remove(container, name);
    return 0;
  }

  private HandMadeImage make() {
    Path dir = place.directory();
    long time = SourceDate.fromEnvironment().orElse(PackedTree.DEFAULT_TIME);
    Optional<Path> busybox = HandMadeImage.staticBusybox();

    paper.step("Two file trees");
    PackedTree base = HandMadeImage.base(busybox);
    PackedTree delta = HandMadeImage.delta();
    if (busybox.isPresent()) {
      paper.line("base/", 8, "bin/busybox              this machine's, statically linked");
      paper.line("", 8, "bin/{cat,ls,rm,sh}       symbolic links to it");
    } else {
      paper.line("base/", 8, "bin/{cat,ls,rm,sh}       this machine's, with the libraries and");
      paper.line(
          "",
          8,
          "                         loader they need: " + HandMadeImage.files(base) + " files");
    }
    paper.line("", 8, "hello.txt                \"hello from base\"");
    paper.line("", 8, "data/config.txt          \"base config\"");
    paper.line("delta/", 8, "hello.txt                \"hello from delta\": shadows the base's");
    paper.line("", 8, HandMadeImage.WHITEOUT + "      a whiteout: deletes data/config.txt");
    if (Phyllo.canRun()) {
      paper.look("ls -lR " + dir);
    }

    paper.step("Two archives, each with two hashes");
    HandMadeLayer[] layers = {
      HandMadeLayer.make("base", base, dir, time), HandMadeLayer.make("delta", delta, dir, time)
    };
    for (HandMadeLayer layer : layers) {
      paper.line(
          layer.name(),
          8,
          Paper.padded("tar", 6)
              + Paper.padded(Sizes.human(layer.tarSize()), 10)
              + "diffID  "
              + brief(layer.diffId()));
      paper.line(
          "",
          8,
          Paper.padded("gzip", 6)
              + Paper.padded(Sizes.human(layer.descriptor().size()), 10)
              + "digest  "
              + brief(layer.descriptor().digest()));
    }
    paper.remark("sorted, owner 0:0, one time for all: the same files, the same hashes");
    for (HandMadeLayer layer : layers) {
      paper.same(place.layerCommand(layer.name(), time));
    }
    paper.look("tar -tvf " + layers[1].tar());

    paper.step("The image: blobs named by their digest, tied together by JSON");
    HandMadeImage image = HandMadeImage.assemble(List.of(layers), busybox, dir, time);
    paper.line("index.json", 20, HandMadeImage.NAME);
    paper.line("└─ manifest", 20, brief(image.manifest().digest()));
    paper.line("   ├─ config", 20, brief(image.config().digest()) + "  diffIDs, Cmd /bin/sh");
    paper.line("   ├─ layer 0", 20, brief(layers[0].descriptor().digest()) + "  base.tar.gz");
    paper.line("   └─ layer 1", 20, brief(layers[1].descriptor().digest()) + "  delta.tar.gz");
    paper.same("phyllo layout create image --layer base.tar.gz --layer delta.tar.gz \\");
    paper.more("--cmd /bin/sh --ref " + HandMadeImage.NAME);
    paper.look("cat " + image.layout().resolve("index.json"));
    return image;
  }

  /** What an ordinary user can see: the image in the content store, but no layer on disk. */
  private int half(HandMadeImage image) {
    paper.step("Load: every digest, size and diffID checked");
    Loaded loaded =
        place.engine().load(LoadRequest.of(image.archive()).withoutUnpacking()).getFirst();
    paper.line(loaded.names().getFirst());
    paper.same(place.command() + "load --no-unpack -i " + image.archive());
    paper.line("");
    paper.line(
        Phyllo.canRun()
            ? "Here it ends for an ordinary user: unpacking, mounting and running need root."
            : "Here it ends: layers are unpacked and containers run on Linux only.");
    if (Phyllo.canRun()) {
      paper.line("Run it again as root: sudo ./phyllo demo");
    }
    farewell();
    return 1;
  }

  private Loaded load(HandMadeImage image) {
    paper.step("Load: every hash checked, every layer unpacked on top of the one below");
    Phyllo engine = place.engine();
    Loaded loaded = engine.load(LoadRequest.of(image.archive())).getFirst();
    paper.line(loaded.names().getFirst());
    int number = 0;
    for (LayerInfo layer : engine.layers(loaded.names().getFirst())) {
      String name = number < 2 ? image.layers().get(number++).name() : "";
      paper.line(
          name, 8, "chainID " + layer.chainId().map(Demo::brief).orElse("-") + " is a snapshot:");
      layer.directory().ifPresent(dir -> paper.line("", 8, dir.toString()));
    }
    paper.remark("a chainID names a stack: sha256(chainID of the stack below + \" \" + diffID)");
    paper.same(place.command() + "load -i " + image.archive());
    paper.look(place.command() + "layers handroll");
    return loaded;
  }

  private void mount(String image) {
    paper.step("The mount that makes one tree of them, with a directory to write to on top");
    Snapshotter snapshots = place.engine().snapshotter();
    String key = "demo-mount";
    List<Mount> mounts = snapshots.prepare(key, Optional.of(top(image)), Map.of(), false);
    try {
      for (Mount mount : mounts) {
        show(mount);
      }
    } finally {
      snapshots.remove(key);
    }
    paper.same(place.command() + "snapshot prepare " + key + " " + top(image));
    paper.same(place.command() + "snapshot mounts DIR " + key);
    paper.same(place.command() + "snapshot rm " + key);
    paper.look(place.command() + "snapshot tree");
  }

  /** The command with the directories as a shell in their common parent would name them. */
  private void show(Mount mount) {
    Optional<String> upper = mount.upperDir();
    if (upper.isEmpty()) {
      paper.line(mount.command("DIR"));
      return;
    }
    Path parent = Path.of(upper.get()).resolve("../..").normalize();
    String prefix = parent + "/";
    paper.line("cd " + parent);
    paper.line("mount -t " + mount.type() + " " + mount.source() + " \\");
    paper.line("  -o " + String.join(",", mount.options()).replace(prefix, "") + " DIR");
    String name = "delta, which shadows and deletes";
    for (String lower : mount.lowerDirs()) {
      paper.line("  " + Paper.padded(lower.replace(prefix, ""), 8) + name);
      name = "base";
    }
    paper.line("  " + Paper.padded(upper.get().replace(prefix, ""), 8) + "empty: the container's");
  }

  private int process(String image) {
    paper.step("Run: new namespaces, that mount, pivot_root, exec");
    RunRequest request =
        new RunRequest(image, List.of("/bin/sh", "-c", SCRIPT)).name(CONTAINER).remove(false);
    KeyCalls calls = new KeyCalls(place.engine().options().steps());
    int status = Phyllo.open(place.engine().options().withSteps(calls)).run(request);
    if (status != 0) {
      paper.line("The container saw something else than it should: exit status " + status + ".");
      return status;
    }
    paper.remark("delta's hello.txt shadows base's, /data is empty, the shell is process 1");
    paper.remark("the calls that did it, of all that were made:");
    Path own = layerDirectory(place.engine().containers().require(CONTAINER).id());
    for (String line : calls.lines(own.resolve("../..").normalize().toString())) {
      paper.line("  " + line);
    }
    paper.same(place.command() + "run --rm handroll \\");
    paper.more("sh -c 'cat /hello.txt; ls -A /data; echo $$; rm /hello.txt'");
    paper.look("phyllo --explain run …   shows every system call of it");
    return 0;
  }

  private void where(Container container, String image) {
    paper.step("Where its root was");
    Path seen = layerDirectory(container.id()).resolve(SEEN);
    paper.remark("its / in /proc/1/mountinfo, which it wrote to /" + SEEN + ":");
    for (String part : folded(read(seen).strip())) {
      paper.line("  " + part);
    }
    List<LayerInfo> layers = place.engine().layers(image);
    Path base = layerDirectory(layers.get(0).chainId().orElseThrow().toString());
    Path delta = layerDirectory(layers.get(1).chainId().orElseThrow().toString());
    Path parent = base.resolve("../..").normalize();
    paper.remark("what it wrote is in the upper directory, the layers below are as they were:");
    paper.line("cd " + parent);
    fact(parent, seen, "written by the container");
    for (String file : List.of("hello.txt", "data/config.txt")) {
      fact(parent, base.resolve(file), "\"" + read(base.resolve(file)).strip() + "\"");
    }
    Path gone = delta.resolve("data/config.txt");
    fact(parent, gone, kind(gone));
    Path deleted = layerDirectory(container.id()).resolve("hello.txt");
    fact(parent, deleted, kind(deleted));
    paper.look("ls -lR " + parent);
  }

  private void fact(Path parent, Path file, String what) {
    paper.line("  " + Paper.padded(parent.relativize(file).toString(), 22) + what);
  }

  private void remove(Container container, String image) {
    if (place.isKept()) {
      paper.step("Everything is still there");
      paper.line("to look at   " + place.directory());
      paper.line("             " + place.namespace());
      paper.line("to remove    " + place.command() + "rm " + CONTAINER);
      paper.line("             " + place.command() + "rmi " + NewLayer.NAME + " handroll");
      paper.line("             rm -r " + place.directory() + " " + place.namespace());
      return;
    }
    paper.step("Removed: the container, both images, the snapshots, the files");
    place.remove(container, NewLayer.NAME, image);
    paper.same(place.command() + "rm " + CONTAINER);
    paper.same(place.command() + "rmi " + NewLayer.NAME + " handroll");
    farewell();
  }

  private void farewell() {
    if (!place.isKept()) {
      paper.look("phyllo demo --keep   leaves everything to look at");
    }
  }

  private String top(String image) {
    return place.engine().image(image).chainIds().getLast().toString();
  }

  private Path layerDirectory(String key) {
    return place.engine().snapshotter().layerDirectory(key);
  }

  /**
   * A line of mountinfo at its spaces and commas, so that the directories stand below each other.
   */
  private static List<String> folded(String line) {
    String folded = line;
    for (String option : List.of("lowerdir", "upperdir", "workdir")) {
      folded = folded.replace("," + option, ",\n" + option);
    }
    return List.of(folded.split("\n", -1));
  }

  private static String kind(Path path) {
    try {
      int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      return (mode & 0170000) == 0020000 ? "device 0,0: overlayfs' own whiteout" : "not a device";
    } catch (IOException e) {
      throw new SystemException(path.toString(), e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static String brief(Digest digest) {
    return digest.algorithm().token() + ":" + digest.shortHex() + "…";
  }
}
