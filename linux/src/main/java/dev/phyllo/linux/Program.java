package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A program that is given its whole input at once, and whose whole output is wanted: no thread has
 * to read what it says while it works, since that goes to files in memory (memfd_create(2)).
 */
public final class Program {
  private static final int MFD_CLOEXEC = 1;
  private static final int RLIMIT_FSIZE = 1;
  private static final int PR_SET_PDEATHSIG = 1;

  private Program() {}

  /**
   * What it said, and how it ended.
   *
   * @param status its exit status; 128 and the signal's number if one ended it
   * @param out its standard output
   * @param err its standard error
   */
  public record Output(int status, byte[] out, byte[] err) {
    /** The first line of what it said on standard error. */
    public String firstError() {
      String text = new String(err, StandardCharsets.UTF_8).strip();
      int end = text.indexOf('\n');
      return end < 0 ? text : text.substring(0, end);
    }
  }

  /**
   * Runs a program to its end. It ends with this process if that is killed.
   *
   * @param path its file
   * @param arguments what it is given, without its own name
   * @param environment all that it knows of the environment
   * @param input its standard input
   * @param mostOutput how many bytes it may write to any file; it is killed for more
   * @param seconds how long it may take; it is killed after that
   * @throws SystemException if it cannot be started, or took too long
   */
  public static Output run(
      String path,
      List<String> arguments,
      Map<String, String> environment,
      byte[] input,
      int mostOutput,
      int seconds,
      StepListener steps) {
    return run(path, arguments, environment, input, mostOutput, seconds, null, steps);
  }

  /**
   * The same in a network namespace, where {@code /run} is a directory of its own: iptables(8)
   * wants to write there.
   *
   * @param network the file that the namespace is mounted on; null for this process' network
   */
  public static Output run(
      String path,
      List<String> arguments,
      Map<String, String> environment,
      byte[] input,
      int mostOutput,
      int seconds,
      @Nullable Path network,
      StepListener steps) {
    try (Fd in = memory("input");
        Fd out = memory("output");
        Fd err = memory("errors")) {
      FileData.write(in, input, 0, input.length);
      FileData.seek(in, 0, FileData.SEEK_SET);
      Plan.Builder plan = Plan.builder();
      plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
      ProcessRecipes.defaultSignals(plan);
      if (network != null) {
        Arg there = plan.openat2(Arg.CWD, Text.bytes(network.toString()), Open.RDONLY, 0, 0);
        plan.setns(there, CloneFlags.NEWNET);
        plan.unshare(CloneFlags.NEWNS);
        plan.mount("tmpfs", "/run", "tmpfs", 0, null);
      }
      plan.setrlimit(RLIMIT_FSIZE, mostOutput, mostOutput);
      plan.dup3(Arg.of(in), 0);
      plan.dup3(Arg.of(out), 1);
      plan.dup3(Arg.of(err), 2);
      ProcessRecipes.closeOthers(plan);
      List<byte[]> argv = new ArrayList<>();
      argv.add(Text.bytes(path));
      for (String argument : arguments) {
        argv.add(Text.bytes(argument));
      }
      List<byte[]> envp = new ArrayList<>();
      for (Map.Entry<String, String> variable : environment.entrySet()) {
        envp.add(Text.bytes(variable.getKey() + "=" + variable.getValue()));
      }
      plan.execve(Text.bytes(path), argv, envp);
      int status;
      try (Child child = Launcher.launch(plan.build(), steps)) {
        status = await(child, path, seconds);
      }
      return new Output(status, content(out, mostOutput), content(err, mostOutput));
    }
  }

  private static int await(Child child, String path, int seconds) {
    boolean[] late = new boolean[1];
    Thread watch =
        new Thread(
            () -> {
              try {
                Thread.sleep(seconds * 1000L);
                late[0] = true;
                child.signal(Signals.KILL);
              } catch (InterruptedException _) {
                // It ended in time.
              }
            },
            "watch " + path);
    watch.setDaemon(true);
    watch.start();
    int status = child.waitFor().exitCode();
    watch.interrupt();
    try {
      // Its descriptor must not be used when it is closed.
      watch.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (late[0]) {
      throw new SystemException(
          path, "did not end within " + seconds + " seconds", "run it by hand", Errno.ETIMEDOUT);
    }
    return status;
  }

  private static byte[] content(Fd file, int most) {
    long size = FileData.seek(file, 0, FileData.SEEK_END);
    byte[] bytes = new byte[(int) Math.min(size, most)];
    FileData.seek(file, 0, FileData.SEEK_SET);
    int at = 0;
    while (at < bytes.length) {
      int n = FileData.read(file, bytes, at, bytes.length - at);
      if (n <= 0) {
        break;
      }
      at += n;
    }
    return bytes;
  }

  private static Fd memory(String name) {
    long text = Scratch.fresh().cstring(Text.bytes(name));
    long fd = Kernel.call(Sys.MEMFD_CREATE, text, MFD_CLOEXEC);
    return Fd.of((int) Kernel.check(fd, "memfd_create", name));
  }
}
