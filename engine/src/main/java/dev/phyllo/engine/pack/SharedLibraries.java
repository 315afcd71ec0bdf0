package dev.phyllo.engine.pack;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the shared libraries that a program is started with, as ld.so(8) finds them: breadth first,
 * each name once, by {@code DT_RPATH} of the asking object and of those that brought it in (unless
 * it has a {@code DT_RUNPATH}), then its own {@code DT_RUNPATH}, then /etc/ld.so.cache, then the
 * default directories.
 *
 * <p>Not followed: {@code LD_LIBRARY_PATH} and {@code LD_PRELOAD}, which belong to the caller's
 * shell and not to the program, and what a program opens later with dlopen(3).
 */
public final class SharedLibraries {
  private static final int MAX_OBJECTS = 10_000;

  private final LoaderCache cache;
  private final Map<Path, Optional<ElfFile>> read = new HashMap<>();

  private SharedLibraries(LoaderCache cache) {
    this.cache = cache;
  }

  /** Searches this machine, with its /etc/ld.so.cache as it is now. */
  public static SharedLibraries ofThisMachine() {
    return new SharedLibraries(LoaderCache.read(Path.of("/etc/ld.so.cache")));
  }

  static SharedLibraries with(LoaderCache cache) {
    return new SharedLibraries(cache);
  }

  /** A loaded object; its loader is the one whose need brought it in. */
  private record Loaded(Path path, ElfFile elf, @Nullable Loaded loader) {}

  /**
   * The files that must be there for the program to start.
   *
   * @param program an ELF program
   * @return the loader first, then the libraries in the order in which they are loaded, by the
   *     paths at which they are found (symbolic links not resolved); empty for a static program
   * @throws InvalidException if the program or a library is not a sound ELF file
   * @throws NotFoundException if a library is nowhere on this machine
   */
  public List<Path> closure(Path program) {
    ElfFile elf = ElfFile.read(program);
    Set<Path> found = new LinkedHashSet<>();
    elf.interpreter().ifPresent(i -> found.add(absolute(i, program)));
    Map<String, Loaded> byName = new LinkedHashMap<>();
    ArrayDeque<Loaded> queue = new ArrayDeque<>();
    // A program's $ORIGIN is that of the file itself, whatever links led to it.
    queue.add(new Loaded(real(program), elf, null));
    elf.interpreter().ifPresent(i -> nameLoader(i, byName));
    while (!queue.isEmpty()) {
      Loaded asking = queue.remove();
      for (String name : asking.elf.needed()) {
        if (byName.containsKey(name)) {
          continue;
        }
        Loaded library = find(name, asking, elf);
        byName.put(name, library);
        library.elf.soname().ifPresent(s -> byName.putIfAbsent(s, library));
        if (found.add(library.path)) {
          queue.add(library);
        }
        if (found.size() > MAX_OBJECTS) {
          throw new InvalidException(
              program.toString(),
              "needs more than " + MAX_OBJECTS + " libraries",
              "pack it by a Containerfile");
        }
      }
    }
    return List.copyOf(found);
  }

  /** The loader is in the process already, under the name libraries of glibc ask for it. */
  private void nameLoader(String interpreter, Map<String, Loaded> byName) {
    Path path = Path.of(interpreter);
    elfAt(path)
        .ifPresent(elf -> {
          Loaded loader = new Loaded(path, elf, null);
          byName.put(interpreter, loader);
          byName.put(elf.soname().orElse(String.valueOf(path.getFileName())), loader);
          byName.putIfAbsent(String.valueOf(path.getFileName()), loader);
        });
  }

  private Loaded find(String name, Loaded asking, ElfFile program) {
    ElfFile.Target target = program.target();
    if (name.indexOf('/') >= 0) {
      for (Path p : expand(name, asking.path, target)) {
        Optional<Loaded> hit = usable(absolute(p.toString(), asking.path), asking, target);
        if (hit.isPresent()) {
          return hit.get();
        }
      }
      throw missing(name, asking);
    }
    for (Path candidate : candidates(name, asking, program)) {
      Optional<Loaded> hit = usable(candidate, asking, target);
      if (hit.isPresent()) {
        return hit.get();
      }
    }
    throw missing(name, asking);
  }

  /** Every path at which ld.so would look, in its order. */
  private List<Path> candidates(String name, Loaded asking, ElfFile program) {
    ElfFile.Target target = program.target();
    List<Path> paths = new ArrayList<>();
    if (asking.elf.runpath().isEmpty()) {
      for (Loaded l = asking; l != null; l = l.loader) {
        // An object with a RUNPATH has no RPATH, for itself or for those it loads.
        if (l.elf.runpath().isEmpty()) {
          searchPath(l.elf.rpath(), l.path, target, name, paths);
        }
      }
    }
    searchPath(asking.elf.runpath(), asking.path, target, name, paths);
    if (!asking.elf.noDefaultPath()) {
      boolean musl = program.interpreter().orElse("").contains("/ld-musl-");
      if (!musl) {
        paths.addAll(cache.paths(name));
      }
      for (String dir : musl ? muslDirectories(target) : glibcDirectories(target)) {
        paths.add(Path.of(dir, name));
      }
    }
    return paths;
  }

  private static void searchPath(
      Optional<String> path, Path origin, ElfFile.Target target, String name, List<Path> into) {
    for (String dir : path.orElse("").split(":", -1)) {
      if (!dir.isEmpty()) {
        for (Path expanded : expand(dir, origin, target)) {
          if (expanded.isAbsolute()) {
            into.add(expanded.resolve(name));
          }
        }
      }
    }
  }

  /**
   * Replaces $ORIGIN, $LIB and $PLATFORM. What $LIB stands for is compiled into each loader (lib,
   * lib64, Debian's lib/x86_64-linux-gnu), so all that are usual are tried.
   */
  private static List<Path> expand(String text, Path object, ElfFile.Target target) {
    Path directory = object.getParent();
    String known = replace(text, "ORIGIN", directory == null ? "/" : directory.toString());
    known = replace(known, "PLATFORM", target.platform());
    List<Path> paths = new ArrayList<>();
    if (replace(known, "LIB", "").equals(known)) {
      paths.add(Path.of(known));
    } else {
      for (String lib :
          List.of("lib/" + target.multiarch(), target.is64() ? "lib64" : "lib32", "lib")) {
        paths.add(Path.of(replace(known, "LIB", lib)));
      }
    }
    return paths;
  }

  private static String replace(String text, String token, String value) {
    String out = text.replace("${" + token + "}", value);
    String plain = "$" + token;
    for (int at = out.indexOf(plain); at >= 0; at = out.indexOf(plain, at)) {
      int end = at + plain.length();
      // $LIBRARY is not $LIB followed by RARY.
      if (end < out.length()
          && (Character.isLetterOrDigit(out.charAt(end)) || out.charAt(end) == '_')) {
        at = end;
      } else {
        out = out.substring(0, at) + value + out.substring(end);
        at += value.length();
      }
    }
    return out;
  }

  private static List<String> glibcDirectories(ElfFile.Target target) {
    List<String> dirs = new ArrayList<>();
    if (!target.multiarch().isEmpty()) {
      dirs.add("/lib/" + target.multiarch());
      dirs.add("/usr/lib/" + target.multiarch());
    }
    dirs.add(target.is64() ? "/lib64" : "/lib32");
    dirs.add(target.is64() ? "/usr/lib64" : "/usr/lib32");
    dirs.add("/lib");
    dirs.add("/usr/lib");
    return dirs;
  }

  /** musl's loader has no cache; a file beside it may replace its default path. */
  private static List<String> muslDirectories(ElfFile.Target target) {
    Path file = Path.of("/etc/ld-musl-" + target.platform() + ".path");
    try {
      List<String> dirs = new ArrayList<>();
      for (String line : Files.readString(file, StandardCharsets.UTF_8).split("[\n:]", -1)) {
        if (line.startsWith("/")) {
          dirs.add(line.strip());
        }
      }
      return dirs;
    } catch (IOException _) {
      return List.of("/lib", "/usr/local/lib", "/usr/lib");
    }
  }

  /** The object at the path if it is there and for the same processor; ld.so passes over others. */
  private Optional<Loaded> usable(Path path, Loaded asking, ElfFile.Target target) {
    return elfAt(path)
        .filter(elf -> elf.target().equals(target) && elf.type() == ElfFile.Type.SHARED)
        .map(elf -> new Loaded(path, elf, asking));
  }

  private Optional<ElfFile> elfAt(Path path) {
    return read.computeIfAbsent(
        path,
        p -> {
          if (!Files.isRegularFile(p)) {
            return Optional.empty();
          }
          try {
            return Optional.of(ElfFile.read(p));
          } catch (PhylloException _) {
            // A linker script or another stray file: searching goes on behind it.
            return Optional.empty();
          }
        });
  }

  private static Path absolute(String path, Path object) {
    Path p = Path.of(path);
    if (!p.isAbsolute()) {
      throw new InvalidException(
          object.toString(),
          "needs " + path + ", which depends on the current directory",
          "use absolute paths in its RUNPATH and LD_LIBRARY_PATH");
    }
    return p;
  }

  private static Path real(Path program) {
    try {
      return program.toRealPath();
    } catch (IOException _) {
      return program.toAbsolutePath().normalize();
    }
  }

  private static NotFoundException missing(String name, Loaded asking) {
    return new NotFoundException(
        name,
        "a library that " + asking.path + " needs is nowhere on this machine",
        "install the package that has it, or run ldconfig");
  }
}
