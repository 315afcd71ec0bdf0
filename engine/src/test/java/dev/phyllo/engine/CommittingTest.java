package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.containers.ContainerImage;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.Network;
import dev.phyllo.containers.NetworkSpec;
import dev.phyllo.containers.ProcessSpec;
import dev.phyllo.containers.ResourceSpec;
import dev.phyllo.containers.SecuritySpec;
import dev.phyllo.containers.StorageSpec;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommittingTest {
  private static final Digest ONE = Digest.sha256(new byte[] {1});

  private static ProcessConfig image(List<String> entrypoint, List<String> cmd, String directory) {
    return new ProcessConfig(
        "",
        List.of(),
        List.of("A=1"),
        entrypoint,
        cmd,
        List.of(),
        directory,
        Map.of(),
        Optional.empty(),
        Json.Obj.EMPTY);
  }

  private static ProcessConfig asStarted(
      ProcessConfig image, List<String> args, List<String> env, String directory) {
    return Committing.asStarted(
        new ContainerSpec(
            new ContainerImage("x", ONE, ONE, Optional.of(ONE)),
            new ProcessSpec(args, env, directory, "app", false, false),
            new SecuritySpec(List.of(), false),
            ResourceSpec.NONE,
            new StorageSpec(false, List.of()),
            new NetworkSpec(Network.NONE, "host"),
            dev.phyllo.containers.LifeSpec.DEFAULT),
        image);
  }

  @Test
  void theCommandTheContainerWasStartedWithBecomesTheImages() {
    ProcessConfig p =
        asStarted(
            image(List.of("/init"), List.of("serve"), ""),
            List.of("/init", "test"),
            List.of(),
            "/");
    assertEquals(List.of("/init"), p.entrypoint());
    assertEquals(List.of("test"), p.cmd());
    assertEquals("", p.workingDir());
    assertEquals("app", p.user());
  }

  @Test
  void anotherEntrypointBecomesTheImages() {
    ProcessConfig p =
        asStarted(
            image(List.of("/init"), List.of("serve"), "/w"), List.of("sh", "-x"), List.of(), "/");
    assertEquals(List.of("sh"), p.entrypoint());
    assertEquals(List.of("-x"), p.cmd());
    assertEquals("/", p.workingDir());
  }

  @Test
  void theLastValueOfAVariableCountsInThePlaceOfTheFirst() {
    assertEquals(
        List.of("A=3", "B=2"),
        asStarted(image(List.of(), List.of(), ""), List.of("x"), List.of("A=1", "B=2", "A=3"), "/")
            .env());
  }

  @Test
  void layersWithoutALineOfHistoryGetOne() {
    ImageConfig none =
        ImageConfig.of(Platform.of("linux", "amd64"), ProcessConfig.EMPTY, List.of(ONE, ONE));
    assertEquals(2, none.wholeHistory().size());
    History empty =
        new History(
            Optional.empty(),
            Optional.of("ENV"),
            Optional.empty(),
            Optional.empty(),
            true,
            Json.Obj.EMPTY);
    ImageConfig some =
        new ImageConfig(
            none.platform(),
            Optional.empty(),
            Optional.empty(),
            ProcessConfig.EMPTY,
            List.of(ONE),
            List.of(empty),
            Json.Obj.EMPTY);
    List<History> whole = some.wholeHistory();
    assertEquals(2, whole.size());
    assertEquals(empty, whole.getFirst());
  }

  @Test
  void aNameWithADigestCannotBeGiven() {
    assertThrows(UsageException.class, () -> Committing.nameOf("x@" + ONE));
    assertEquals("docker.io/library/x:latest", Committing.nameOf("x").canonical());
  }
}
