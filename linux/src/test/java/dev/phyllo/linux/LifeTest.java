package dev.phyllo.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.StepListener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What outlives a process and what talks between two: pidfds, keepers, terminals, sockets. */
class LifeTest {
  @TempDir Path dir;

  @BeforeEach
  void needsTheKernel() {
    Kernels.needRoot();
  }

  private static Child shell(String script) {
    Plan.Builder plan = Plan.builder();
    plan.execve(
        Text.bytes("/bin/sh"),
        List.of(Text.bytes("sh"), Text.bytes("-c"), Text.bytes(script)),
        List.of());
    return Launcher.launch(plan.build(), StepListener.NONE);
  }

  @Test
  void aProcessIsFoundByItsNumberAndItsBeginningOnly() {
    try (Child child = shell("read x")) {
      long began = Pidfd.startTicks(child.pid());
      assertTrue(began > 0);
      assertEquals(child.pid(), Pidfd.numberOf(child.pidfd()));
      try (Pidfd same = Pidfd.open(child.pid(), began)) {
        assertNotNull(same);
        assertFalse(same.hasEnded());
        assertNull(Pidfd.open(child.pid(), began + 1));
        assertEquals(0, same.signal(Signals.KILL));
        assertTrue(same.waitFor(10_000));
        assertEquals(137, child.waitFor().exitCode());
        assertNull(Pidfd.open(child.pid(), began));
      }
    }
  }

  @Test
  void howAProcessEndedIsToldToWhoeverHoldsItsDescriptor() {
    try (Child child = shell("exit 7");
        Pidfd held = Pidfd.open(child.pid())) {
      assertNotNull(held);
      assertEquals(7, child.waitFor().exitCode());
      Optional<ExitStatus> told = Pidfd.exitOf(held.fd());
      org.junit.jupiter.api.Assumptions.assumeTrue(told.isPresent(), "Linux 6.15: PIDFD_INFO_EXIT");
      assertEquals(7, told.orElseThrow().exitCode());
    }
  }

  @Test
  void aKeeperCopiesATerminalToALogAndSaysWhenAllIsThere() throws Exception {
    Path log = dir.resolve("log");
    Fd devpts = Mounts.fileSystem("devpts", List.of("ptmxmode=0666", "mode=0620"), 0);
    try (devpts;
        Terminal.Pair pair = Terminal.open(devpts);
        Fd out =
            FileCalls.openat2(
                Fd.CWD,
                Text.bytes(log.toString()),
                Open.WRONLY | Open.CREAT | Open.APPEND,
                0600,
                0)) {
      Plan.Builder plan = Plan.builder();
      plan.setsid();
      Terminal.control(plan, Arg.of(pair.slave()));
      for (int fd = 0; fd < 3; fd++) {
        plan.dup3(Arg.of(pair.slave()), fd);
      }
      ProcessRecipes.closeOthers(plan);
      plan.execve(
          Text.bytes("/bin/sh"),
          List.of(
              Text.bytes("sh"),
              Text.bytes("-c"),
              Text.bytes(
                  "stty size; read a; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done; echo got $a")),
          List.of(Text.bytes("PATH=/usr/bin:/bin")));
      Terminal.resize(pair.master(), new Terminal.Size(33, 77));
      try (Child child = Launcher.launch(plan.build(), StepListener.NONE);
          Child keeper = new Keeper("keeper", child.pidfd()).copying(pair.master(), out).start();
          Pidfd held = Pidfd.open(keeper.pid())) {
        assertNotNull(held);
        pair.slave().close();
        byte[] typed = "hello\n".getBytes(StandardCharsets.UTF_8);
        FileData.write(pair.master(), typed, 0, typed.length);
        assertEquals(0, child.waitFor().exitCode());
        awaitDone(held);
        String text = Files.readString(log);
        // What was typed is echoed whenever the line discipline comes to it, perhaps first.
        assertTrue(text.contains("33 77\r\n"), text);
        assertTrue(text.endsWith("line 3000\r\ngot hello\r\n"), text);
        // The process' end is still there to be asked for.
        Fd kept = held.descriptor(Keeper.PIDFD);
        assertNotNull(kept);
        kept.close();
        keeper.signal(Signals.KILL);
        assertEquals(137, keeper.waitFor().exitCode());
      }
    }
  }

  private static void awaitDone(Pidfd keeper) throws InterruptedException {
    for (int i = 0; i < 500 && !Keeper.isDone(keeper); i++) {
      Thread.sleep(10);
    }
    assertTrue(Keeper.isDone(keeper));
  }

  private Fd log(String name) {
    return FileCalls.openat2(
        Fd.CWD,
        Text.bytes(dir.resolve(name).toString()),
        Open.WRONLY | Open.CREAT | Open.APPEND,
        0600,
        0);
  }

  @Test
  void aKeeperCopiesTwoPipesAndHoldsAThird() throws Exception {
    Fd[] out = FileData.pipe(0);
    Fd[] err = FileData.pipe(0);
    Fd[] in = FileData.pipe(0);
    try (Fd outLog = log("out");
        Fd errLog = log("err")) {
      Plan.Builder plan = Plan.builder();
      plan.dup3(Arg.of(in[0]), 0);
      plan.dup3(Arg.of(out[1]), 1);
      plan.dup3(Arg.of(err[1]), 2);
      ProcessRecipes.closeOthers(plan);
      plan.execve(
          Text.bytes("/bin/sh"),
          List.of(
              Text.bytes("sh"),
              Text.bytes("-c"),
              Text.bytes(
                  "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo out $i; echo err $i >&2; done;"
                      + " exec 2>&-; read a; echo $a")),
          List.of(Text.bytes("PATH=/usr/bin:/bin")));
      try (Child child = Launcher.launch(plan.build(), StepListener.NONE);
          Child keeper =
              new Keeper("keeper", child.pidfd())
                  .copying(out[0], outLog)
                  .copying(err[0], errLog)
                  .holding(in[1])
                  .start();
          Pidfd held = Pidfd.open(keeper.pid())) {
        assertNotNull(held);
        for (Fd[] pipe : List.of(out, err, in)) {
          pipe[0].close();
          pipe[1].close();
        }
        // Only the keeper has the writing end of its standard input now.
        try (Fd stdin = held.descriptor(Keeper.HELD)) {
          assertNotNull(stdin);
          byte[] line = "end\n".getBytes(StandardCharsets.UTF_8);
          FileData.write(stdin, line, 0, line.length);
        }
        assertEquals(0, child.waitFor().exitCode());
        awaitDone(held);
        assertTrue(Files.readString(dir.resolve("out")).endsWith("out 20000\nend\n"));
        assertEquals(20001, Files.readAllLines(dir.resolve("out")).size());
        assertTrue(Files.readString(dir.resolve("err")).endsWith("err 20000\n"));
        keeper.signal(Signals.KILL);
        assertEquals(137, keeper.waitFor().exitCode());
      }
    }
  }

  @Test
  void aKeeperBeginsAnotherFileExactlyWhenOneIsFull() throws Exception {
    Fd[] out = FileData.pipe(0);
    try (Fd in = FileCalls.open(dir.toString(), Open.PATH | Open.DIRECTORY);
        Fd log = log("stdout.log")) {
      byte[] before = "x".repeat(999).getBytes(StandardCharsets.UTF_8);
      FileData.write(log, before, 0, before.length);
      Plan.Builder plan = Plan.builder();
      plan.dup3(Arg.of(out[1]), 1);
      ProcessRecipes.closeOthers(plan);
      plan.execve(
          Text.bytes("/bin/sh"),
          List.of(
              Text.bytes("sh"),
              Text.bytes("-c"),
              Text.bytes("i=0; while [ $i -lt 9000 ]; do i=$((i+1)); echo line $i; done")),
          List.of(Text.bytes("PATH=/usr/bin:/bin")));
      try (Child child = Launcher.launch(plan.build(), StepListener.NONE);
          Child keeper =
              new Keeper("keeper", child.pidfd())
                  .copying(out[0], log)
                  .files(in, 1000, 12)
                  .following("stdout.log", 8, 1)
                  .ending()
                  .start()) {
        out[0].close();
        out[1].close();
        assertEquals(0, child.waitFor().exitCode());
        assertEquals(0, keeper.waitFor().exitCode());
      }
      StringBuilder all = new StringBuilder("x".repeat(999));
      for (int i = 1; i <= 9000; i++) {
        all.append("line ").append(i).append('\n');
      }
      int full = all.length() / 1000;
      StringBuilder kept = new StringBuilder();
      for (int i = full - 11; i < full; i++) {
        String file = Files.readString(dir.resolve(Keeper.full("stdout.log", 8 + i)));
        assertEquals(1000, file.length());
        kept.append(file);
      }
      kept.append(Files.readString(dir.resolve("stdout.log")));
      assertEquals(all.substring((full - 11) * 1000), kept.toString());
      try (java.util.stream.Stream<Path> files = Files.list(dir)) {
        assertEquals(12, files.count());
      }
    }
  }

  @Test
  void aKeeperWaitsUntilNobodyElseReadsAndEndsWithTheProcess() throws Exception {
    Fd[] out = FileData.pipe(0);
    Fd[] reader = FileData.pipe(0);
    try (Fd nothing = FileCalls.open("/dev/null", Open.RDWR)) {
      Plan.Builder plan = Plan.builder();
      plan.dup3(Arg.of(out[1]), 1);
      ProcessRecipes.closeOthers(plan);
      plan.execve(
          Text.bytes("/bin/sh"),
          List.of(
              Text.bytes("sh"),
              Text.bytes("-c"),
              Text.bytes("echo first; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; done")),
          List.of(Text.bytes("PATH=/usr/bin:/bin")));
      try (Child child = Launcher.launch(plan.build(), StepListener.NONE);
          Child keeper =
              new Keeper("keeper", child.pidfd())
                  .copying(out[0], nothing)
                  .after(reader[0])
                  .ending()
                  .start()) {
        reader[0].close();
        out[1].close();
        byte[] first = new byte[6];
        int got = 0;
        while (got < first.length) {
          got += FileData.read(out[0], first, got, first.length - got);
        }
        assertEquals("first\n", new String(first, StandardCharsets.US_ASCII));
        out[0].close();
        // More than the pipe holds, so without the keeper it would wait for ever.
        assertFalse(Poll.readable(child.pidfd(), 300));
        reader[1].close();
        assertEquals(0, child.waitFor().exitCode());
        assertEquals(0, keeper.waitFor().exitCode());
      }
    }
  }

  @Test
  @SuppressWarnings("try") // closed early: that is what the other side is to see
  void messagesAreKeptApartAndTheCallerIsKnown() throws Exception {
    Path deep = Files.createDirectories(dir.resolve("x".repeat(120)).resolve("y".repeat(120)));
    assertNull(LocalSocket.connect(deep, "s"));
    try (LocalSocket server = LocalSocket.listen(deep, "s");
        LocalSocket client = LocalSocket.connect(deep, "s")) {
      assertNotNull(client);
      try (LocalSocket accepted = server.accept()) {
        assertNotNull(accepted);
        assertEquals(Ids.effectiveUid(), accepted.peerUid());
        byte[] large = new byte[LocalSocket.MAX_MESSAGE];
        assertTrue(client.send(new byte[] {1}));
        assertTrue(client.send(large));
        assertArrayEquals(new byte[] {1}, accepted.receive());
        assertArrayEquals(large, accepted.receive());
        accepted.close();
        assertNull(client.receive());
      }
    }
  }

  @Test
  void aFileThatGrowsIsTold() throws Exception {
    Path file = Files.createFile(dir.resolve("f"));
    try (Inotify inotify = Inotify.open()) {
      int watch = inotify.watch(file);
      assertEquals(List.of(), inotify.changed());
      Files.writeString(file, "x");
      assertTrue(Poll.readable(inotify.fd(), 10_000));
      assertEquals(List.of(watch), inotify.changed());
    }
  }
}
