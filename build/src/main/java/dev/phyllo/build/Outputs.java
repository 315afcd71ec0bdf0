package dev.phyllo.build;

import dev.phyllo.build.tree.ContentSpool;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.transports.ImageSaver;
import dev.phyllo.transports.SaveFormat;
import dev.phyllo.transports.SaveOptions;
import dev.phyllo.transports.SavedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of a built image, as {@code --output} says: the store's by default ({@code
 * type=image}), an archive of it, or its files alone.
 */
final class Outputs {
  private static final String REMEDY =
      "write type=image|registry, type=oci|docker|tar,dest=FILE or type=local,dest=DIRECTORY";

  /** What can come out. */
  enum Type {
    IMAGE,
    REGISTRY,
    OCI,
    DOCKER,
    TAR,
    LOCAL
  }

  /**
   * One output.
   *
   * @param dest where to; {@code -} for standard output
   * @param layout whether an OCI image goes to a directory and not to an archive
   */
  record Output(Type type, Optional<String> dest, boolean layout) {}

  private final BuildJob job;
  private final List<Output> outputs;

  Outputs(BuildJob job, List<Output> outputs) {
    this.job = job;
    this.outputs = outputs;
  }

  /** Reads the options; a path alone is a directory for the files, and {@code -} their archive. */
  static List<Output> parse(List<String> texts) {
    List<Output> outputs = new ArrayList<>();
    for (String text : texts) {
      outputs.add(parse(text));
    }
    return outputs;
  }

  private static Output parse(String text) {
    if (text.equals("-")) {
      return new Output(Type.TAR, Optional.of("-"), false);
    }
    if (text.indexOf('=') < 0) {
      return new Output(Type.LOCAL, Optional.of(text), false);
    }
    Type type = Type.IMAGE;
    Optional<String> dest = Optional.empty();
    boolean layout = false;
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      String value = field.substring(equals + 1);
      switch (equals < 0 ? "" : field.substring(0, equals)) {
        case "type" -> type = type(text, value);
        case "dest", "destination" -> dest = Optional.of(value);
        case "tar" -> layout = value.equals("false");
        case "push" -> type = value.equals("true") ? Type.REGISTRY : type;
        default -> throw bad(text, "\"" + field + "\" means nothing here");
      }
    }
    boolean file = type != Type.IMAGE && type != Type.REGISTRY;
    if (!file && dest.isPresent()) {
      throw new UsageException(
          "--output " + text,
          "an image goes where its names say",
          "give them with --tag, such as --tag registry.example.com/app:1");
    }
    if (file && dest.isEmpty() && type == Type.LOCAL) {
      throw bad(text, "no dest");
    }
    if (layout && type != Type.OCI) {
      throw bad(text, "only an OCI image can be a directory");
    }
    return new Output(type, file && dest.isEmpty() ? Optional.of("-") : dest, layout);
  }

  private static Type type(String text, String word) {
    return switch (word) {
      case "image" -> Type.IMAGE;
      case "registry" -> Type.REGISTRY;
      case "oci" -> Type.OCI;
      case "docker" -> Type.DOCKER;
      case "tar" -> Type.TAR;
      case "local" -> Type.LOCAL;
      default -> throw bad(text, "no such type");
    };
  }

  private static UsageException bad(String text, String why) {
    return new UsageException("--output " + text, why, REMEDY);
  }

  /** Whether the image gets its names in the store. */
  static boolean isNamed(List<Output> outputs) {
    return outputs.isEmpty()
        || outputs.stream().anyMatch(o -> o.type() == Type.IMAGE || o.type() == Type.REGISTRY);
  }

  /** Writes what is not the store's. */
  void write(List<Reference> names, Descriptor target, List<StageState> states) {
    for (Output output : outputs) {
      switch (output.type()) {
        case IMAGE -> {}
        case REGISTRY -> push(names);
        case OCI -> save(output, names, target, SaveFormat.OCI_ARCHIVE);
        case DOCKER -> save(output, names, target, SaveFormat.DOCKER_ARCHIVE);
        case TAR -> tar(output, states);
        case LOCAL -> local(Path.of(output.dest().orElse(".")), states);
      }
    }
  }

  private void push(List<Reference> names) {
    if (names.isEmpty()) {
      throw new UsageException("--output type=registry", "the image has no name", "give --tag");
    }
    for (Reference name : names) {
      job.environment().images().push(name.canonical());
    }
  }

  private void save(Output output, List<Reference> names, Descriptor target, SaveFormat archive) {
    ImageSaver saver =
        new ImageSaver(job.content(), NioFileLocker.INSTANCE, job.environment().steps());
    List<SavedImage> images = List.of(new SavedImage(names, target));
    SaveFormat format = output.layout() ? SaveFormat.OCI_DIR : archive;
    SaveOptions options = SaveOptions.of(format).withEpochSeconds(job.times().epoch().orElse(0));
    String dest = output.dest().orElse("-");
    if (dest.equals("-")) {
      saver.save(images, job.request().out(), options);
    } else {
      saver.save(images, Path.of(dest), options);
    }
  }

  /**
   * The files of an image; of images for several platforms, those of each in a directory of its
   * own, {@code linux_arm_v7} for linux/arm/v7, as BuildKit names them.
   */
  private FileTree tree(List<StageState> states) {
    if (states.size() == 1) {
      return job.indexes().tree(states.getFirst().layers());
    }
    FileTree all = FileTree.empty();
    for (int i = 0; i < states.size(); i++) {
      String platform = job.request().platforms().get(i).toString();
      FileTree tree = job.indexes().tree(states.get(i).layers());
      all.root().put(RawPath.of(platform.replace('/', '_')), tree.root());
    }
    return all;
  }

  private ContentSpool spool() {
    return new ContentSpool(
        job.content(), job.environment().limits(), job.cache().records().temporary());
  }

  private void tar(Output output, List<StageState> states) {
    String dest = output.dest().orElse("-");
    try (ContentSpool spool = spool()) {
      TreeFiles files = new TreeFiles(tree(states), spool);
      if (dest.equals("-")) {
        TarWriter tar = new TarWriter(job.request().out());
        files.write(tar);
        tar.finish();
        return;
      }
      Path file = Path.of(dest).toAbsolutePath();
      Path unfinished = file.resolveSibling(file.getFileName() + ".part");
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished));
          TarWriter tar = new TarWriter(out)) {
        files.write(tar);
      }
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new SystemException(dest, e);
    }
  }

  private void local(Path directory, List<StageState> states) {
    try (ContentSpool spool = spool()) {
      new TreeFiles(tree(states), spool).write(directory);
    }
  }
}
