package dev.phyllo.engine.pack;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Collects what programs of this machine need to run somewhere else. */
public final class Pack {
  private static final int MAX_SCRIPTS = 5; // BINPRM_MAX_RECURSION, execve(2) "Interpreter scripts"

  private Pack() {}

  /**
   * The tree in which the programs run: each with its libraries and loader under the paths they
   * have here, and for a script its interpreter.
   *
   * @param programs absolute paths; symbolic links are kept as links
   * @throws NotFoundException if a program or a library is not there
   * @throws InvalidException if one is neither an ELF program nor a script
   */
  public static PackedTree programs(List<Path> programs) {
    PackedTree tree = new PackedTree();
    addPrograms(tree, programs);
    return tree;
  }

  /** Adds the programs and what they need to a tree. */
  public static void addPrograms(PackedTree tree, List<Path> programs) {
    SharedLibraries libraries = SharedLibraries.ofThisMachine();
    for (Path program : programs) {
      if (!program.isAbsolute()) {
        throw new InvalidException(
            program.toString(), "not an absolute path", "begin it with a slash");
      }
      add(tree, program, libraries, 0);
    }
  }

  private static void add(PackedTree tree, Path program, SharedLibraries libraries, int scripts) {
    Path file = tree.fileWithLinks(program);
    byte[] head = head(file);
    if (head.length >= 2 && head[0] == '#' && head[1] == '!') {
      if (scripts == MAX_SCRIPTS) {
        throw new InvalidException(
            program.toString(),
            "scripts interpreted by scripts",
            "pack what the last of them needs");
      }
      add(tree, interpreter(program, head), libraries, scripts + 1);
      return;
    }
    if (!ElfFile.isElf(head)) {
      throw new InvalidException(
          program.toString(), "neither an ELF program nor a script", "take it along with --file");
    }
    for (Path library : libraries.closure(program)) {
      tree.fileWithLinks(library);
    }
  }

  private static Path interpreter(Path script, byte[] head) {
    String text = new String(head, 2, head.length - 2, StandardCharsets.UTF_8);
    int end = text.indexOf('\n');
    String[] words = (end < 0 ? text : text.substring(0, end)).strip().split("[ \t]", 2);
    if (!words[0].startsWith("/")) {
      throw new InvalidException(
          script.toString(), "a script without an absolute interpreter", "begin it with #!/");
    }
    return Path.of(words[0]);
  }

  private static byte[] head(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(256);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }
}
