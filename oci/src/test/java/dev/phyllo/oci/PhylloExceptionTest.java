package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PhylloExceptionTest {
  @Test
  void theMessageSaysThingReasonAndRemedyOnOneLine() {
    PhylloException e = new NotFoundException("busybox", "no such image", "pull it first");
    assertEquals("busybox: no such image; pull it first", e.getMessage());
    assertEquals("busybox", e.thing());
    assertEquals("no such image", e.why());
    assertEquals("pull it first", e.remedy());
    assertEquals("a: b", new InvalidException("a", "b", "").getMessage());
  }

  @Test
  void nothingFromAnArchiveReachesTheTerminalAsACommand() {
    PhylloException e =
        new CorruptException("a\n\u001b[31m\u0007", "\u009b2J \u202egnp.exe", "x\u2028y é☃");
    assertEquals("a\\x0a\\x1b[31m\\x07: \\x9b2J \\u202egnp.exe; x\\u2028y é☃", e.getMessage());
  }

  @Test
  void everyKindKeepsItsCause() {
    Throwable cause = new IOException("x");
    for (PhylloException e :
        List.of(
            new ConflictException("a", "b", "", cause),
            new CorruptException("a", "b", "", cause),
            new InvalidException("a", "b", "", cause),
            new NotFoundException("a", "b", "", cause),
            new SystemException("a", "b", "", cause),
            new UnsupportedException("a", "b", "", cause),
            new UsageException("a", "b", "", cause))) {
      assertSame(cause, e.getCause());
    }
  }

  @Test
  void aFailedFileOperationIsSaidInWords() {
    assertEquals(
        "f: no such file or directory",
        new SystemException("f", new NoSuchFileException("f")).getMessage());
    assertEquals(
        "f: permission denied",
        new SystemException("f", new AccessDeniedException("f")).getMessage());
    assertEquals(
        "f: No space left on device",
        new SystemException("f", new FileSystemException("f", null, "No space left on device"))
            .getMessage());
    assertEquals("f: IOException", new SystemException("f", new IOException()).getMessage());
    assertEquals(28, new SystemException("f", "write: ENOSPC", "", 28).errno());
    assertEquals(0, new SystemException("f", new IOException("x")).errno());
  }
}
