package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What this process was started with, byte by byte, and becoming another program. */
public final class OwnProcess {
  private OwnProcess() {}

  /**
   * The words of its command line, its own name first; proc_pid_cmdline(5).
   *
   * @throws SystemException if /proc cannot be read
   */
  public static List<byte[]> arguments() {
    return strings(Path.of("/proc/self/cmdline"));
  }

  /**
   * The assignments of its environment as they were at its start; proc_pid_environ(5).
   *
   * @throws SystemException if /proc cannot be read
   */
  public static List<byte[]> environment() {
    return strings(Path.of("/proc/self/environ"));
  }

  /**
   * Becomes another program with the same process id, files and signals ignored; execve(2). All
   * threads end with it. Does not return.
   *
   * @param program its path
   * @param arguments its name, then what follows
   * @param environment all of it, as NAME=value
   * @throws SystemException if it cannot be executed
   */
  public static void become(byte[] program, List<byte[]> arguments, List<byte[]> environment) {
    System.out.flush();
    System.err.flush();
    Memory memory = new Memory(program.length + Long.BYTES + size(arguments) + size(environment));
    long path = memory.cstring(program);
    long argv = pointers(memory, arguments);
    long envp = pointers(memory, environment);
    Kernel.check(Kernel.call(Sys.EXECVE, path, argv, envp), "execve", Text.of(program));
  }

  /**
   * Waits for the end of a child that was this process' own before it became the program it is, and
   * forgets it; waitpid(2). Returns at once if there is no such child.
   *
   * @param child its process id
   */
  public static void reap(int child) {
    Kernel.call(Sys.WAIT4, child);
  }

  private static int size(List<byte[]> strings) {
    int size = 16;
    for (byte[] string : strings) {
      size += string.length + 2 * Long.BYTES;
    }
    return size;
  }

  /** The strings, and an array of their addresses with a null at its end. */
  private static long pointers(Memory memory, List<byte[]> strings) {
    long array = memory.room((strings.size() + 1) * Long.BYTES);
    for (int i = 0; i < strings.size(); i++) {
      memory.putLong(array + (long) i * Long.BYTES, memory.cstring(strings.get(i)));
    }
    memory.putLong(array + (long) strings.size() * Long.BYTES, 0);
    return array;
  }

  private static List<byte[]> strings(Path file) {
    byte[] text;
    try {
      text = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    List<byte[]> strings = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == 0) {
        strings.add(Arrays.copyOfRange(text, from, i));
        from = i + 1;
      }
    }
    return strings;
  }
}
