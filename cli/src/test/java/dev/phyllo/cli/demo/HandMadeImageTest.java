package dev.phyllo.cli.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.engine.EngineOptions;
import dev.phyllo.engine.ImageDetails;
import dev.phyllo.engine.LoadRequest;
import dev.phyllo.engine.Loaded;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.engine.pack.PackedTree;
import dev.phyllo.layers.RawPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandMadeImageTest {
  @TempDir private Path dir;

  private static PackedTree.Node node(PackedTree tree, String path) {
    return Objects.requireNonNull(tree.nodes().get(RawPath.of(path)), path);
  }

  private HandMadeImage make(Path where) throws IOException {
    Files.createDirectories(where);
    HandMadeLayer base =
        HandMadeLayer.make("base", new PackedTree().text("hello.txt", "hello\n"), where, 7);
    HandMadeLayer delta = HandMadeLayer.make("delta", HandMadeImage.delta(), where, 7);
    return HandMadeImage.assemble(List.of(base, delta), Optional.empty(), where, 7);
  }

  @Test
  void theSameTreesGiveTheSameBytesEveryTime() throws IOException {
    HandMadeImage a = make(dir.resolve("a"));
    HandMadeImage b = make(dir.resolve("b"));
    assertEquals(a.manifest(), b.manifest());
    assertArrayEquals(Files.readAllBytes(a.archive()), Files.readAllBytes(b.archive()));
  }

  @Test
  void theEngineLoadsTheArchiveAndTheDirectory() throws IOException {
    HandMadeImage image = make(dir.resolve("image"));
    for (Path source : List.of(image.archive(), image.layout())) {
      Path root = dir.resolve("root-" + source.getFileName());
      Phyllo engine = Phyllo.open(EngineOptions.at(root));
      List<Loaded> loaded = engine.load(LoadRequest.of(source).withoutUnpacking());
      assertEquals(List.of("docker.io/library/handroll:latest"), loaded.getFirst().names());
      ImageDetails details = engine.image("handroll");
      assertEquals(image.manifest().digest(), details.manifestDescriptor().digest());
      assertEquals(
          List.of(image.layers().get(0).diffId(), image.layers().get(1).diffId()),
          details.config().diffIds());
    }
  }

  @Test
  void theWhiteoutIsACharacterDevice() {
    assertEquals(
        new PackedTree.Node.CharacterDevice(0, 0, 0644),
        node(HandMadeImage.delta(), "data/.wh.config.txt"));
  }

  @Test
  void withoutBusyboxTheMachinesOwnProgramsArePacked() {
    assumeTrue(Files.exists(Path.of("/bin/sh")), "there is no /bin/sh");
    PackedTree tree = HandMadeImage.base(Optional.empty());
    assertTrue(HandMadeImage.files(tree) >= 3);
    assertTrue(tree.nodes().containsKey(RawPath.of("hello.txt")));
    assertFalse(tree.nodes().containsKey(RawPath.of("bin/busybox")));
  }

  @Test
  void withBusyboxTheCommandsAreLinksToIt() {
    PackedTree tree =
        HandMadeImage.base(Optional.of(Path.of(System.getProperty("java.home"), "release")));
    assertEquals(new PackedTree.Node.Link("busybox"), node(tree, "bin/sh"));
    assertEquals(1, HandMadeImage.files(tree));
  }
}
