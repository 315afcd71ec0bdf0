package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.NioFileLocker;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A save in a process of its own, which a test can crash or give a disk that is full. */
final class SaveProcess {
  private SaveProcess() {}

  /** The command line of a save of the images of a layout that are in the store at this root. */
  static List<String> command(
      List<String> jvmOptions, Path layout, Path root, Path target, SaveFormat format) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(jvmOptions);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath.replace(";", File.pathSeparator)));
    command.add(SaveProcess.class.getName());
    command.addAll(List.of(layout.toString(), root.toString(), target.toString(), format.word()));
    return command;
  }

  /** Saves; prints the error if there is one. */
  public static void main(String[] args) throws IOException {
    List<SavedImage> images = new ArrayList<>();
    byte[] index = Files.readAllBytes(Path.of(args[0], "index.json"));
    for (Descriptor d : Index.parse(index, "index.json").manifests()) {
      images.add(
          new SavedImage(
              List.of(Reference.parse(d.refName().orElseThrow())), LoadTestBase.plain(d)));
    }
    try {
      new ImageSaver(
              LoadTestBase.openStore(Path.of(args[1])), NioFileLocker.INSTANCE, StepListener.NONE)
          .save(images, Path.of(args[2]), SaveOptions.of(SaveFormat.parse(args[3])));
    } catch (PhylloException e) {
      System.out.println(e.getMessage());
      System.exit(1);
    }
  }
}
