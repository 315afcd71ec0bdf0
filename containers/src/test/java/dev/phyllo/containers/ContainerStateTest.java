package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.containers.ContainerState.ProcessId;
import dev.phyllo.containers.ContainerState.Status;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerStateTest {
  private static final String RUNNING =
      "{\"status\":\"RUNNING\",\"pid\":41,\"startTicks\":42,\"bootId\":\"b\",\"started\":43,"
          + "\"finished\":44,\"oomKilled\":true,\"error\":\"e\",\"restarts\":45,"
          + "\"supervised\":true,\"keeper\":46,\"keeperTicks\":47,\"input\":48,\"inputTicks\":49,"
          + "\"driver\":\"overlayfs\",\"exitStatus\":50}";

  private static ContainerState parse(String json) {
    return ContainerState.fromJson(
        JsonCodec.parseObject(json.getBytes(StandardCharsets.UTF_8), "state.json"));
  }

  @Test
  void aRecordIsWrittenAsItWasRead() {
    String written = new String(JsonCodec.toBytes(parse(RUNNING).toJson()), StandardCharsets.UTF_8);
    assertEquals(RUNNING, written.replaceAll("\\s", ""));
  }

  @Test
  void aRecordOfTheStatusAloneIsThatOfAContainerWithoutProcesses() {
    ContainerState state = parse("{\"status\":\"CREATED\"}");
    assertEquals(ContainerState.NEW, state);
    assertEquals(ProcessId.NONE, state.processes().own());
  }

  @Test
  void anEndForgetsTheProcessesAndKeepsTheRest() {
    ContainerState ended = parse(RUNNING).exited(Optional.of(3), false, "");
    assertEquals(Status.EXITED, ended.status());
    assertEquals(ContainerState.Processes.NONE, ended.processes());
    assertEquals(Optional.of(3), ended.exitStatus());
    assertEquals(43, ended.startedMillis());
    assertEquals(45, ended.restarts());
    assertEquals("overlayfs", ended.driver());
  }

  @Test
  void aStartForgetsHowItEndedBeforeButNotWhen() {
    ContainerState starting = parse(RUNNING).starting(false, "native");
    assertEquals(44, starting.finishedMillis());
    assertEquals(Optional.empty(), starting.exitStatus());
    assertEquals("", starting.error());
    assertEquals("native", starting.driver());
  }

  @Test
  void whatCouldNotBeStartedTheFirstTimeIsCreatedStill() {
    assertEquals(Status.CREATED, ContainerState.NEW.failed(127, "no such command").status());
    assertEquals(Status.EXITED, parse(RUNNING).failed(127, "no such command").status());
  }
}
