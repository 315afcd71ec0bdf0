package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeTest {
  private static Volume bind(boolean readOnly, Propagation propagation) {
    return new Volume(Volume.Type.BIND, "/a", "/b", readOnly, propagation, List.of(Volume.CREATE));
  }

  @Test
  void sourceDestinationAndOptionsAreRead() {
    assertEquals(bind(false, Propagation.PRIVATE), Volume.parse("/a:/b"));
    assertEquals(bind(true, Propagation.PRIVATE), Volume.parse("/a:/b:ro"));
    assertEquals(bind(true, Propagation.PRIVATE), Volume.parse("/a:/b:z,ro"));
    assertEquals(bind(false, Propagation.PRIVATE), Volume.parse("/a:/b:rw"));
    assertEquals(bind(true, Propagation.SLAVE), Volume.parse("/a:/b:rslave,ro"));
    assertEquals(bind(false, Propagation.SHARED), Volume.parse("/a:/b:shared"));
  }

  @Test
  void aSourceWithoutASlashIsTheNameOfAVolume() {
    Volume v = Volume.parse("data:/b/../c/:nocopy");
    assertEquals(Volume.Type.VOLUME, v.type());
    assertEquals("data", v.source());
    assertEquals("/c", v.target());
    assertFalse(v.copiesImage());
    assertFalse(v.isAnonymous());
  }

  @Test
  void aDestinationAloneIsAVolumeWithoutAName() {
    assertTrue(Volume.parse("/b").isAnonymous());
    assertEquals(Volume.parse("/b"), Volume.parseMount("dst=/b"));
    assertEquals(Volume.parse("/b"), Volume.ofImage("b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":/b",
        "/a:",
        "/a:b",
        "a:/b",
        "/a:/",
        "/a:/b:rx",
        "/a:/b:ro:ro",
        "../a:/b",
        "a b:/c",
        "/a:/b:nocopy",
        "data:/b:rshared",
        "/a:/b/../.."
      })
  void whatIsNoVolumeIsAWrongCommandLine(String text) {
    assertThrows(UsageException.class, () -> Volume.parse(text));
  }

  @Test
  void mountsAreReadWordByWord() {
    Volume bind = Volume.parseMount("type=bind,src=/a,dst=/b,ro,bind-propagation=rslave");
    assertEquals(
        new Volume(Volume.Type.BIND, "/a", "/b", true, Propagation.SLAVE, List.of()), bind);
    assertFalse(bind.createsSource());
    Volume volume = Volume.parseMount("source=data,target=/b,volume-nocopy,readonly=false");
    assertEquals(Volume.parse("data:/b:nocopy"), volume);
    assertEquals(
        Volume.parseTmpfs("/t:size=1m,mode=700"),
        Volume.parseMount("type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=700"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "type=bind,src=/a",
        "type=bind,dst=/b",
        "type=nfs,dst=/b",
        "type=bind,src=a,dst=/b",
        "dst=/b,volume-opt=o=bind",
        "type=tmpfs,src=/a,dst=/b",
        "dst=/b,tmpfs-size=1m",
        "type=tmpfs,dst=/b,tmpfs-size=much",
        "dst=/b,colour=red",
        "dst=/b,ro=perhaps",
        "dst=/b,volume-driver=nfs"
      })
  void whatIsNoMountIsAWrongCommandLine(String text) {
    assertThrows(UsageException.class, () -> Volume.parseMount(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"t", "/t:size=-1", "/t:mode=9", "/t:huge=always", "/t:uid=4294967295", "/t:mode="})
  void whatIsNoTmpfsIsAWrongCommandLine(String text) {
    assertThrows(UsageException.class, () -> Volume.parseTmpfs(text));
  }

  @Test
  void theRootIsNoPlaceForAnImagesVolume() {
    assertThrows(InvalidException.class, () -> Volume.ofImage("/"));
    assertThrows(InvalidException.class, () -> Volume.ofImage("/a/.."));
  }

  @Test
  void aRecordIsReadAsItWasWritten() {
    for (Volume v :
        List.of(
            Volume.parse("/a:/b:ro,rslave"),
            Volume.parse("data:/b"),
            Volume.parse("/b").named("0123"),
            Volume.parseTmpfs("/t:size=1m,exec"))) {
      assertEquals(v, Volume.fromJson(new JsonObject(v.toJson(), "a test")));
    }
  }
}
