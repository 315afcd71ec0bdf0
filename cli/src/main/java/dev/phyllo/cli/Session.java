package dev.phyllo.cli;

import dev.phyllo.cli.output.Progress;
import dev.phyllo.cli.output.Terminals;
import dev.phyllo.engine.DefaultSnapshotter;
import dev.phyllo.engine.EngineOptions;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.engine.Rootless;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UsageException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One call of the program: its global options, its output, and the engine, opened when needed. */
final class Session {
  private Optional<Path> root = env("PHYLLO_ROOT").map(Path::of);
  private String namespace = env("PHYLLO_NAMESPACE").orElse(EngineOptions.DEFAULT_NAMESPACE);
  private Optional<String> snapshotter = env("PHYLLO_SNAPSHOTTER");
  private StepListener steps = StepListener.NONE;
  private boolean debug;
  private boolean help;
  private boolean version;
  private @Nullable Phyllo engine;
  private final StringBuilder pending = new StringBuilder();

  Session() {}

  void set(String option, String value) {
    switch (option) {
      case "--root" -> root = Optional.of(Path.of(value));
      case "--snapshotter" -> snapshotter = Optional.of(value);
      default -> namespace = value;
    }
  }

  void explain(String form) {
    if (!form.equals("text") && !form.equals("json")) {
      throw new UsageException(
          "--explain=" + form, "no such form", "use --explain or --explain=json");
    }
    steps = new Explain(form.equals("json"));
  }

  void debug() {
    debug = true;
  }

  void help() {
    help = true;
  }

  void version() {
    version = true;
  }

  boolean isDebug() {
    return debug;
  }

  boolean isHelpWanted() {
    return help;
  }

  boolean isVersionWanted() {
    return version;
  }

  /** Who hears the steps of this call. */
  StepListener steps() {
    return steps;
  }

  /**
   * Shows long work on standard error until the result is closed; to be called before the engine is
   * asked for. Whoever reads the steps needs no bars.
   *
   * @param quiet whether nothing is to be shown
   */
  Watching watch(boolean quiet) {
    if (quiet || steps.isListening()) {
      return () -> {};
    }
    flush();
    boolean terminal = Terminals.isTerminal(2);
    Progress progress = new Progress(System.err, terminal, terminal ? Terminals.columns(2) : 0);
    steps = progress;
    return progress::close;
  }

  /** While it is open, long work is shown. */
  @FunctionalInterface
  interface Watching extends AutoCloseable {
    @Override
    void close();
  }

  EngineOptions options() {
    Path place = root();
    String driver =
        snapshotter.isPresent() ? snapshotter.get() : DefaultSnapshotter.of(place, this::notice);
    return new EngineOptions(place, namespace, driver, steps, limits());
  }

  /** The store's place. */
  Path root() {
    return root.isPresent() ? root.get() : EngineOptions.defaultRoot();
  }

  /** Does all of this call once more, as root of a user namespace. */
  int again() {
    flush();
    return Rootless.again(root(), steps);
  }

  /** The engine. */
  Phyllo engine() {
    Phyllo e = engine;
    if (e == null) {
      e = Phyllo.open(options());
      engine = e;
    }
    return e;
  }

  /** Adds to standard output; it is written when the buffer is large or the program ends. */
  void print(String text) {
    pending.append(text);
    if (pending.length() > 1 << 16) {
      flush();
    }
  }

  void println(String line) {
    print(line);
    print("\n");
  }

  /** Writes what has been printed so far. */
  void flush() {
    if (!pending.isEmpty()) {
      System.out.print(pending);
      System.out.flush();
      pending.setLength(0);
    }
  }

  /** A line for people, which no script reads: on standard error. */
  void say(String line) {
    flush();
    System.err.println(line);
  }

  /** What people should know although nothing failed. */
  void notice(String text) {
    say("phyllo: " + text);
  }

  private static Optional<String> env(String name) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  /** The bounds on layers; they come from strangers, and who trusts them less can say so. */
  private static TarLimits limits() {
    TarLimits limits = TarLimits.DEFAULT;
    Optional<String> entries = env("PHYLLO_MAX_LAYER_ENTRIES");
    if (entries.isPresent()) {
      limits = limits.withMaxEntries(number("PHYLLO_MAX_LAYER_ENTRIES", entries.get()));
    }
    Optional<String> bytes = env("PHYLLO_MAX_LAYER_BYTES");
    if (bytes.isPresent()) {
      limits = limits.withMaxTotalBytes(number("PHYLLO_MAX_LAYER_BYTES", bytes.get()));
    }
    return limits;
  }

  private static long number(String name, String text) {
    try {
      long value = Long.parseLong(text);
      if (value > 0) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new UsageException(name + "=" + text, "not a positive number", "correct or unset it");
  }
}
