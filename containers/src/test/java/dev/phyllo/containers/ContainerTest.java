package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.json.JsonCodec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerTest {
  @Test
  void aContainersRecordSurvivesWritingAndReading() {
    Digest digest = Digest.sha256(new byte[] {1});
    ContainerSpec spec =
        new ContainerSpec(
            new ContainerImage(
                "docker.io/library/x:latest",
                digest,
                Digest.sha256(new byte[] {2}),
                Optional.of(Digest.sha256(new byte[] {3}))),
            new ProcessSpec(
                List.of("sh", "-c", "echo \"a\"\n"),
                List.of("A=b\nc"),
                "/w",
                "app:wheel",
                true,
                true),
            new SecuritySpec(List.of("CHOWN"), true),
            ResourceSpec.NONE,
            new StorageSpec(
                true, List.of(Volume.parse("/a:/b:ro"), Volume.parseTmpfs("/t:size=1m"))),
            new NetworkSpec(Network.HOST, "host"),
            new LifeSpec(
                new RestartPolicy(RestartPolicy.Kind.ON_FAILURE, 3),
                "INT",
                Optional.of(3),
                true,
                Map.of("a", "b"),
                "runc",
                "/usr/bin/init",
                new LogSpec("local", 1000, 2)));
    Container c = new Container("ab".repeat(32), "n", 42, false, spec);
    byte[] bytes = JsonCodec.toBytes(c.toJson());
    assertEquals(c, Container.fromJson(JsonCodec.parseObject(bytes, "record")));
  }
}
