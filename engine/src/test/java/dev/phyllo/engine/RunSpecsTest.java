package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.store.Unpacked;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunSpecsTest {
  private static final Digest ONE = Digest.sha256(new byte[] {1});

  private static ContainerSpec merge(
      RunRequest request, List<String> entrypoint, List<String> cmd) {
    ProcessConfig process =
        new ProcessConfig(
            "app",
            List.of(),
            List.of("A=image", "PATH=/opt/bin"),
            entrypoint,
            cmd,
            List.of(),
            "/work",
            Map.of(),
            Optional.empty(),
            Json.Obj.EMPTY);
    ImageConfig config = ImageConfig.of(Platform.of("linux", "amd64"), process, List.of(ONE));
    return RunSpecs.merge(
        request, "docker.io/library/x:latest", new Unpacked(ONE, ONE, List.of(ONE)), config);
  }

  private static RunRequest request(String... args) {
    return new RunRequest("x", List.of(args));
  }

  private static RunRequest capabilities(RunRequest request, String dropped, String added) {
    if (!dropped.isEmpty()) {
      request.security().dropCapability(dropped);
    }
    request.security().addCapability(added);
    return request;
  }

  @Test
  void withoutWordsTheImagesEntrypointAndCommandRun() {
    assertEquals(
        List.of("/init", "serve"),
        merge(request(), List.of("/init"), List.of("serve")).process().args());
  }

  @Test
  void wordsReplaceTheCommandAndKeepTheEntrypoint() {
    assertEquals(
        List.of("/init", "a", "b"),
        merge(request("a", "b"), List.of("/init"), List.of("serve")).process().args());
  }

  @Test
  void aNewEntrypointDropsTheImagesCommand() {
    assertEquals(
        List.of("sh"),
        merge(request().entrypoint("sh"), List.of("/init"), List.of("serve")).process().args());
    assertEquals(
        List.of("sh", "-c", "x"),
        merge(request("-c", "x").entrypoint("sh"), List.of("/init"), List.of("serve"))
            .process()
            .args());
  }

  @Test
  void anEmptyEntrypointLeavesOnlyTheWords() {
    assertEquals(
        List.of("ls"),
        merge(request("ls").entrypoint(""), List.of("/init"), List.of("x")).process().args());
  }

  @Test
  void anImageWithoutCommandNeedsWords() {
    assertThrows(UsageException.class, () -> merge(request(), List.of(), List.of()));
  }

  @Test
  void theCallersVariablesComeAfterTheImages() {
    ContainerSpec spec = merge(request("x").env("A=mine").env("B=1"), List.of(), List.of());
    assertEquals(List.of("A=image", "PATH=/opt/bin", "A=mine", "B=1"), spec.process().env());
    assertThrows(UsageException.class, () -> merge(request("x").env("=1"), List.of(), List.of()));
  }

  @Test
  void userAndDirectoryAreTheImagesUnlessGiven() {
    ContainerSpec spec = merge(request("x"), List.of(), List.of());
    assertEquals("app", spec.process().user());
    assertEquals("/work", spec.process().workingDir());
    ContainerSpec mine = merge(request("x").user("0:0").workingDir("/"), List.of(), List.of());
    assertEquals("0:0", mine.process().user());
    assertEquals("/", mine.process().workingDir());
    assertThrows(
        UsageException.class, () -> merge(request("x").workingDir("rel"), List.of(), List.of()));
  }

  @Test
  void capabilitiesAreDockersDefaultPlusAndMinusWhatWasAsked() {
    List<String> standard = merge(request("x"), List.of(), List.of()).security().capabilities();
    assertEquals(14, standard.size());
    assertTrue(standard.contains("NET_BIND_SERVICE"));
    assertFalse(standard.contains("SYS_ADMIN"));
    List<String> changed =
        merge(capabilities(request("x"), "ALL", "cap_net_admin"), List.of(), List.of())
            .security()
            .capabilities();
    assertEquals(List.of("NET_ADMIN"), changed);
    assertThrows(
        UsageException.class,
        () -> merge(capabilities(request("x"), "", "NONSENSE"), List.of(), List.of()));
  }
}
