package dev.phyllo.linux.entry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.linux.entry.Assembler.Label;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Encodings at their corners; the bytes are GNU as' for the same instructions. */
class AssemblerTest {
  private static void assertCode(String hex, Assembler code) {
    assertArrayEquals(HexFormat.of().parseHex(hex.replace(" ", "")), code.finish(0));
  }

  @Test
  void aBaseOfRspOrR12TakesASecondByte() {
    X64 a = new X64();
    a.load(X64.Reg.RDX, X64.Reg.RSP, 8);
    a.store(X64.Reg.R12, 0x60, X64.Reg.RBX);
    assertCode("48 8b 54 24 08  49 89 5c 24 60", a);
  }

  @Test
  void aBaseOfRbpOrR13HasAnOffsetEvenIfItIsNothing() {
    X64 a = new X64();
    a.load(X64.Reg.RAX, X64.Reg.RBP, 0);
    a.load(X64.Reg.RAX, X64.Reg.R13, 0);
    assertCode("48 8b 45 00  49 8b 45 00", a);
  }

  @Test
  void offsetsBeyondAByteTakeFour() {
    X64 a = new X64();
    a.load(X64.Reg.RAX, X64.Reg.RBX, 0x80);
    a.load(X64.Reg.RAX, X64.Reg.RBX, -0x80);
    assertCode("48 8b 83 80 00 00 00  48 8b 43 80", a);
  }

  @Test
  void shortJumpsReachBackAndForthAndNoFurther() {
    X64 a = new X64();
    Label start = a.label("start");
    Label end = a.label("end");
    a.bind(start);
    a.jump(end);
    a.jump(start);
    a.bind(end);
    assertCode("eb 02  eb fc", a);

    X64 far = new X64();
    Label away = far.label("away");
    far.jump(away);
    for (int i = 0; i < 100; i++) {
      far.syscall();
    }
    far.bind(away);
    assertThrows(IllegalStateException.class, () -> far.finish(0));
  }

  @Test
  void aLabelThatIsNowhereIsAnError() {
    X64 a = new X64();
    a.jump(a.label("nowhere"));
    assertThrows(IllegalStateException.class, () -> a.finish(0));
  }

  @Test
  void a64BranchesReachBackwards() {
    A64 a = new A64();
    Label start = a.label("start");
    a.bind(start);
    a.svc();
    a.cbnz(2, start);
    a.tbz(10, 0, start);
    a.tbnz(8, 63, start);
    a.branch(start);
    assertCode("010000d4 e2ffffb5 caff0736 a8ffffb7 fcffff17", a);
  }
}
