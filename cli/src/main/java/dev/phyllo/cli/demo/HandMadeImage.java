package dev.phyllo.cli.demo;

import dev.phyllo.engine.pack.ElfFile;
import dev.phyllo.engine.pack.Pack;
import dev.phyllo.engine.pack.PackedTree;
import dev.phyllo.layers.RawPath;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OCI image of two layers, made without any engine: file trees, tar archives, hashes and a
 * handful of JSON documents in the directory form of image-layout.md.
 *
 * @param layers base first
 * @param config the config's type, digest and size
 * @param manifest the manifest's type, digest and size
 * @param layout the directory of the layout
 * @param archive the same as one tar file
 * @param busybox the program that the base consists of, if one was found
 */
record HandMadeImage(
    List<HandMadeLayer> layers,
    Descriptor config,
    Descriptor manifest,
    Path layout,
    Path archive,
    Optional<Path> busybox) {
  /** What the image calls itself. */
  static final String NAME = "handroll:latest";

  static final String WHITEOUT = "data/.wh.config.txt";

  private static final List<String> COMMANDS = List.of("cat", "ls", "rm", "sh");

  /** Keeps a copy. */
  HandMadeImage {
    layers = List.copyOf(layers);
  }

  /** The statically linked busybox of this machine, if it has one: a whole base in one file. */
  static Optional<Path> staticBusybox() {
    for (String candidate : new String[] {"/bin/busybox", "/usr/bin/busybox"}) {
      Path path = Path.of(candidate);
      try {
        if (Files.isRegularFile(path) && ElfFile.read(path).isStatic()) {
          return Optional.of(path);
        }
      } catch (InvalidException | SystemException _) {
        // Not a program we can use: the machine's own sh, ls and cat will do.
      }
    }
    return Optional.empty();
  }

  /**
   * The base layer's tree.
   *
   * @param busybox a static busybox; without one, this machine's sh, ls and cat are packed together
   *     with the libraries and the loader that they need
   */
  static PackedTree base(Optional<Path> busybox) {
    PackedTree tree;
    if (busybox.isPresent()) {
      tree = new PackedTree().file("bin/busybox", busybox.get());
      for (String command : COMMANDS) {
        tree.link("bin/" + command, "busybox");
      }
    } else {
      List<Path> programs = new ArrayList<>();
      for (String command : COMMANDS) {
        programs.add(Path.of("/bin", command));
      }
      tree = Pack.programs(programs);
    }
    return tree.text("hello.txt", "hello from base\n").text("data/config.txt", "base config\n");
  }

  /** The delta layer's tree: one file that shadows the base's, and one that takes a file away. */
  static PackedTree delta() {
    return new PackedTree()
        .text("hello.txt", "hello from delta\n")
        // Only the name counts (layer.md, "Whiteouts"); a 0/0 device is what overlayfs itself uses.
        .characterDevice(WHITEOUT, 0, 0);
  }

  /**
   * Puts the layers together.
   *
   * @param directory where the layout and the archive are made
   * @param seconds the modification time in the archive
   */
  static HandMadeImage assemble(
      List<HandMadeLayer> layers, Optional<Path> busybox, Path directory, long seconds) {
    Path layout = directory.resolve("image");
    PackedTree archive = new PackedTree();
    try {
      Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
      List<Descriptor> descriptors = new ArrayList<>();
      List<Digest> diffIds = new ArrayList<>();
      List<History> history = new ArrayList<>();
      for (HandMadeLayer layer : layers) {
        Files.copy(layer.blob(), blobs.resolve(layer.descriptor().digest().hex()));
        descriptors.add(layer.descriptor());
        diffIds.add(layer.diffId());
        history.add(madeOf(layer.blob()));
      }
      byte[] config = config(diffIds, history).toBytes();
      Descriptor configDescriptor = Descriptor.of(MediaTypes.OCI_CONFIG, config);
      Files.write(blobs.resolve(configDescriptor.digest().hex()), config);
      byte[] manifest = Manifest.of(configDescriptor, descriptors).toBytes();
      Descriptor manifestDescriptor = Descriptor.of(MediaTypes.OCI_MANIFEST, manifest);
      Files.write(blobs.resolve(manifestDescriptor.digest().hex()), manifest);
      Descriptor named = manifestDescriptor.withAnnotations(Map.of(Descriptor.REF_NAME, NAME));
      Files.write(layout.resolve("index.json"), Index.of(List.of(named)).toBytes());
      Files.write(
          layout.resolve("oci-layout"),
          "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));

      archive.file("oci-layout", layout.resolve("oci-layout"));
      archive.file("index.json", layout.resolve("index.json"));
      descriptors.add(configDescriptor);
      descriptors.add(manifestDescriptor);
      for (Descriptor d : descriptors) {
        String hex = d.digest().hex();
        archive.file("blobs/sha256/" + hex, blobs.resolve(hex));
      }
      Path file = directory.resolve("image.tar");
      try (OutputStream out = Files.newOutputStream(file)) {
        archive.writeTo(out, seconds);
      }
      return new HandMadeImage(layers, configDescriptor, manifestDescriptor, layout, file, busybox);
    } catch (IOException e) {
      throw new SystemException(layout.toString(), e);
    }
  }

  private static ImageConfig config(List<Digest> diffIds, List<History> history) {
    return new ImageConfig(
        Platform.host(),
        Optional.empty(),
        Optional.empty(),
        ProcessConfig.EMPTY.withCmd(List.of("/bin/sh")),
        diffIds,
        history,
        Json.Obj.EMPTY);
  }

  /** What {@code layout create} says of a layer. */
  private static History madeOf(Path layer) {
    return new History(
        Optional.empty(),
        Optional.of("layer " + layer.getFileName()),
        Optional.empty(),
        Optional.empty(),
        false,
        Json.Obj.EMPTY);
  }

  /** How many files a tree has. */
  static int files(PackedTree tree) {
    int count = 0;
    for (Map.Entry<RawPath, PackedTree.Node> e : tree.nodes().entrySet()) {
      if (e.getValue() instanceof PackedTree.Node.Source) {
        count++;
      }
    }
    return count;
  }
}
