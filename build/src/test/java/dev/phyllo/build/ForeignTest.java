package dev.phyllo.build;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registered emulators, as the kernel shows them. */
class ForeignTest {
  private static final Platform HOST = Platform.parse("linux/amd64");
  private static final String LITTLE_MASK = "ffffffffffffff00fffffffffffffffffeffffff";

  @TempDir Path registered;

  /** Debian's own words for qemu-user-static, of the formats that qemu itself defines. */
  private void register(String name, String state, String magic, String mask) throws IOException {
    Files.writeString(registered.resolve("status"), "enabled\n");
    Files.writeString(
        registered.resolve(name),
        state
            + "\ninterpreter /usr/libexec/qemu-binfmt/"
            + name
            + "\nflags: POCF\noffset 0\nmagic "
            + magic
            + (mask.isEmpty() ? "" : "\nmask " + mask)
            + "\n");
  }

  private void accepted(String platform) {
    assertDoesNotThrow(() -> Foreign.require(Platform.parse(platform), HOST, registered));
  }

  private void refused(String platform) {
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class,
            () -> Foreign.require(Platform.parse(platform), HOST, registered));
    assertTrue(e.getMessage().contains(platform), e.getMessage());
    assertTrue(e.getMessage().contains("binfmt_misc"), e.getMessage());
    assertTrue(e.getMessage().contains("qemu-user-static"), e.getMessage());
  }

  @Test
  void commandsOfThisProcessorNeedNoEmulator() {
    accepted("linux/amd64");
    accepted("linux/386");
  }

  @Test
  void withoutAnEmulatorOthersAreRefusedWithReasonAndRemedy() throws IOException {
    refused("linux/arm64");
    Files.writeString(registered.resolve("status"), "enabled\n");
    refused("linux/s390x");
  }

  @Test
  void anEmulatorIsKnownByWhatItRecognisesNotByItsName() throws IOException {
    register("mine", "enabled", "7f454c460201010000000000000000000200b700", LITTLE_MASK);
    accepted("linux/arm64");
    accepted("linux/arm64/v8");
    refused("linux/arm/v7");
    refused("linux/riscv64");
    register(
        "qemu-s390x",
        "enabled",
        "7f454c4602020100000000000000000000020016",
        "ffffffffffffff00fffffffffffffffffffeffff");
    accepted("linux/s390x");
    refused("linux/ppc64le");
  }

  @Test
  void anEmulatorThatIsSwitchedOffIsNone() throws IOException {
    register("qemu-aarch64", "disabled", "7f454c460201010000000000000000000200b700", LITTLE_MASK);
    refused("linux/arm64");
  }

  @Test
  void formatsOfAnotherKindAreNoEmulators() throws IOException {
    register("jar", "enabled", "504b0304", "");
    Files.writeString(
        registered.resolve("python"), "enabled\ninterpreter /x\nflags: \nextension .py\n");
    refused("linux/arm64");
  }

  @Test
  void otherSystemsAreNeverExecuted() {
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class,
            () -> Foreign.require(Platform.parse("windows/amd64"), HOST, registered));
    assertTrue(e.getMessage().contains("only commands for Linux"), e.getMessage());
  }
}
